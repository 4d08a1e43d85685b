import type { HttpServiceConfig } from "../../config/service.ts";
import { checkAnswer } from "../answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { DriverModules } from "../launch.ts";
import { createPlaces } from "../places.ts";
import { createAsker } from "./asker.ts";
import { converse, type TalkClock, type TalkEnd, type TalkModules } from "./converse.ts";
import type { Reply } from "./modelApi.ts";
import { TOOL_ROUNDS_MAX } from "./tools.ts";

/**
 * Driver of kind `http`: asks the operator's server by the API that the service names, and carries out the calls of
 * tools that the model asks for. See "A run over HTTP" in the README.
 */
export function createHttpDriver(
  service: HttpServiceConfig,
  modules: Pick<DriverModules, "environment" | "logger">,
): AgentDriver {
  const places = createPlaces(service.parallelMax);
  const ask = createAsker(service, modules);
  return {
    kind: service.kind,
    parallelMax: service.parallelMax,
    async run(request) {
      const startedAt = performance.now();
      const timeoutMs = Math.min(request.timeoutMs, service.timeoutMs);
      const giveBack = await places.take(request.signal, timeoutMs);
      const clock = new AbortController();
      const timer = setTimeout(() => clock.abort(), timeoutMs - (performance.now() - startedAt));
      try {
        return await runOnce(service, { ...modules, ask }, request, {
          startedAt,
          timeoutMs,
          clock: clock.signal,
        });
      } finally {
        clearTimeout(timer);
        giveBack();
      }
    },
  };
}

async function runOnce(
  service: HttpServiceConfig,
  modules: TalkModules,
  request: AgentRun,
  clock: TalkClock,
): Promise<AgentOutcome> {
  const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
  const end = await converse(service, modules, { ...request, outputBytesMax }, clock);
  refuseUnusable(service, end);
  const output = outputOf(end.reply, outputBytesMax);
  const elapsedMs = performance.now() - clock.startedAt;
  if (end.how !== "length") return { output, elapsedMs, ...end.told };
  modules.logger.warn({ tag: request.tag, model: service.model }, "the server cut the answer at its limit");
  return { output, elapsedMs, ...end.told, isCut: true };
}

function refuseUnusable({ model }: HttpServiceConfig, { how, reply, refusal }: TalkEnd): void {
  switch (how) {
    case "refused": {
      const words = refusal === "" ? "" : `: ${refusal}`;
      throw new AgentError("AGENT_REFUSED", `${model} refused to answer${words}`, {
        details: { model, refusal },
      });
    }
    case "callCut":
      throw new AgentError("AGENT_CALL_CUT", `the limit of tokens cut a call of a tool by ${model}`, {
        details: { model, tool: reply.calls.at(-1)?.name.slice(0, 64) },
      });
    case "endless": {
      const message = `the model called tools in ${TOOL_ROUNDS_MAX} rounds and goes on`;
      throw new AgentError("AGENT_TOOLS_ENDLESS", message, { details: { model, rounds: TOOL_ROUNDS_MAX } });
    }
    case "text":
    case "length":
      return;
  }
}

/** @throws AgentError AGENT_OUTPUT_NOT_UTF8, and those of `checkAnswer` */
function outputOf(reply: Reply, outputBytesMax: number): Uint8Array {
  return checkAnswer(textBytesOf(reply.text), outputBytesMax);
}

/** @throws AgentError AGENT_OUTPUT_NOT_UTF8: a lone surrogate, which JSON can hold and UTF-8 cannot */
export function textBytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return Buffer.from(text);
  throw new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer holds a character that UTF-8 cannot express");
}
