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
 * which a stream tells no usage): from then on, until the daemon starts anew, it is asked for whole answers. The same goes for
 * tools: a server that knows none is offered none.
 */
export function createAsker(service: HttpServiceConfig, modules: { readonly logger: Logger }): Asker {
  let { stream } = service;
  let offersTools = true;
  const { origin } = new URL(service.baseUrl);
  return async (question, context) => {
    for (;;) {
      const tools = offersTools ? question.tools : [];
      try {
        return await exchange({ ...question, tools, stream }, context());
      } catch (error) {
        const about = { origin, model: service.model };
        if (stream && refuses(error, /\bstream/i)) {
          stream = false;
          const { bodyStart } = error.details;
          modules.logger.warn(
            { ...about, bodyStart },
            "the server refuses to stream; it is asked for whole answers from now on",
          );
        } else if (tools.length > 0 && question.rounds.length === 0 && refuses(error, /\btools?\b/i)) {
          offersTools = false;
          const { bodyStart } = error.details;
          modules.logger.warn(
            { ...about, bodyStart },
            "the server takes no tools; its model is offered none from now on",
          );
        } else throw error;
      }
    }
  };
}

/** Servers that check what they are sent name the field that they do not take. */
function refuses(error: unknown, field: RegExp): error is AgentError {
  if (!(error instanceof AgentError) || error.code !== "AGENT_HTTP_REFUSED") return false;
  const { status, bodyStart } = error.details;
  return (status === 400 || status === 422) && typeof bodyStart === "string" && field.test(bodyStart);
}
