import type { Logger } from "pino";
import type { HttpServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import type { ExchangeContext } from "./exchange.ts";
import { exchange } from "./exchange.ts";
import type { Question, Reply } from "./modelApi.ts";

/** Asks a service's server. `context` is asked for before each request: less time is left for a second one. */
export type Asker = (question: Omit<Question, "stream">, context: () => ExchangeContext) => Promise<Reply>;

/**
 * Asks for a stream where the service says so, and no more once the server has refused it (or `stream_options`, without
 * which a stream tells no usage): from then on, until the daemon starts anew, it is asked for whole answers.
 */
export function createAsker(service: HttpServiceConfig, modules: { readonly logger: Logger }): Asker {
  let { stream } = service;
  return async (question, context) => {
    if (!stream) return await exchange({ ...question, stream }, context());
    try {
      return await exchange({ ...question, stream }, context());
    } catch (error) {
      if (!refusesStream(error)) throw error;
      stream = false;
      const { origin } = new URL(service.baseUrl);
      modules.logger.warn(
        { origin, model: service.model, bodyStart: error.details.bodyStart },
        "the server refuses to stream; it is asked for whole answers from now on",
      );
      return await exchange({ ...question, stream }, context());
    }
  };
}

/** Servers that check what they are sent name the field that they do not take. */
function refusesStream(error: unknown): error is AgentError {
  if (!(error instanceof AgentError) || error.code !== "AGENT_HTTP_REFUSED") return false;
  const { status, bodyStart } = error.details;
  return (status === 400 || status === 422) && typeof bodyStart === "string" && /\bstream/i.test(bodyStart);
}
