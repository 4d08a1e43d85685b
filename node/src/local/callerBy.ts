import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "../api/access.ts";
import type { Authenticate } from "../workspace/face/speaker.ts";
import { tokenOfHeaders } from "../workspace/http/refusal.ts";

/** Who asks, as the API wants to know it, by what the workspace knows of tokens. */
export function callerBy(authenticate: Authenticate): (headers: IncomingHttpHeaders) => Promise<Caller> {
  return async (headers) => {
    const { role, credential } = await authenticate(tokenOfHeaders(headers));
    return { role, isOperators: credential.kind === "node" && credential.cluster === undefined };
  };
}
