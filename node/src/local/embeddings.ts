import { readApiKey } from "../agents/http/apiKey.ts";
import { endpoint, requestHeaders } from "../agents/http/apis.ts";
import { requestInTime } from "../agents/http/inTime.ts";
import { statusError } from "../agents/http/status.ts";
import type { HttpServiceConfig } from "../config/service.ts";
import type { Config } from "../config/table.ts";
import { workspaceError } from "../workspace/errors.ts";
import type { EmbeddingPort } from "../workspace/ports.ts";
import { createEmbeddings } from "../workspace/recall/embeddings.ts";

/** Memories are found by their words when vectors take longer. */
export const EMBEDDING_TIMEOUT_MS = 10_000;
/** A thousand numbers of 20 digits for each of 64 texts take 1.3 MiB; larger models have a few thousand. */
export const EMBEDDING_ANSWER_BYTES_MAX = 16_777_216;

/**
 * Vectors from the service that `workspace.embeddings` names; undefined where none is named. Texts of agents' memories go to it,
 * and nothing else.
 */
export function embeddingsOf(
  config: Pick<Config, "services"> & { readonly workspace: Pick<Config["workspace"], "embeddings"> },
  environment: Readonly<NodeJS.ProcessEnv> = process.env,
): EmbeddingPort | undefined {
  const name = config.workspace.embeddings;
  const service = name === null ? undefined : config.services.get(name);
  if (service?.kind !== "http") return undefined;
  return createEmbeddings({ model: service.model }, { post: (body) => post(service, body, environment) });
}

async function post(
  service: HttpServiceConfig,
  body: Readonly<Record<string, unknown>>,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<unknown> {
  const apiKey = await readApiKey(service, environment);
  const timeoutMs = Math.min(service.timeoutMs, EMBEDDING_TIMEOUT_MS);
  const response = await requestInTime(
    {
      method: "POST",
      url: endpoint(service, "embeddings"),
      headers: { ...requestHeaders(service, apiKey), "content-type": "application/json" },
      body: JSON.stringify(body),
      bodyBytesMax: () => EMBEDDING_ANSWER_BYTES_MAX,
    },
    { signal: new AbortController().signal, timeoutMs, remainingMs: timeoutMs },
  );
  if (response.status < 200 || response.status > 299) throw statusError(service, response, apiKey);
  try {
    return JSON.parse(new TextDecoder().decode(response.body));
  } catch (cause) {
    throw workspaceError(
      "EMBEDDING_INVALID",
      "the embedding endpoint answered with something else than JSON",
      {
        hint: "it must answer as POST /embeddings does: data, each with index and embedding",
        cause,
      },
    );
  }
}
