import type { HttpServiceConfig } from "../../config/service.ts";
import { anthropicApi } from "./anthropic.ts";
import { chatApi } from "./chat.ts";
import type { ModelApi } from "./modelApi.ts";
import { responsesApi } from "./responses.ts";

/** The API that a service speaks. */
export function apiOf(service: Pick<HttpServiceConfig, "api">): ModelApi {
  switch (service.api) {
    case "chat":
      return chatApi;
    case "responses":
      return responsesApi;
    case "anthropic":
      return anthropicApi;
  }
}

/** The address of an endpoint of the service; `baseUrl` may end in a slash or not. */
export function endpoint(service: Pick<HttpServiceConfig, "baseUrl">, path: string): URL {
  return new URL(`${service.baseUrl.replace(/\/+$/, "")}/${path}`);
}

/** Headers of every request to a service; the key is the only secret among them. */
export function requestHeaders(
  service: Pick<HttpServiceConfig, "api">,
  apiKey: string | undefined,
): Record<string, string> {
  return { accept: "application/json", "user-agent": "pleiad", ...apiOf(service).headers(apiKey) };
}
