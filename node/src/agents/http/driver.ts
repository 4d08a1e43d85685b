import type { HttpServiceConfig } from "../../config/service.ts";
import { checkAnswer } from "../answer.ts";
import type { AgentDriver, AgentOutcome, AgentRun, AgentSettings } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type { DriverModules } from "../launch.ts";
import { createPlaces } from "../places.ts";
import { printable } from "../text.ts";
import { readApiKey } from "./apiKey.ts";
import { askAgain } from "./askAgain.ts";
import type { Asker } from "./asker.ts";
import { createAsker } from "./asker.ts";
import { createCounter } from "./counter.ts";
import type { ExchangeContext } from "./exchange.ts";
import type { Reply, Round } from "./modelApi.ts";
import type { Toolbox } from "./tools.ts";
import { createToolbox, TOOL_ROUNDS_MAX } from "./tools.ts";

/** A refusal's first words say why. */
const REFUSAL_CHARACTERS_MAX = 500;

type HttpModules = Pick<DriverModules, "environment" | "logger">;

/**
 * Driver of kind `http`: asks the operator's server by the API that the service names, and carries out the calls of
 * tools that the model asks for. See "A run over HTTP" in the README.
 */
export function createHttpDriver(service: HttpServiceConfig, modules: HttpModules): AgentDriver {
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
        return await converse(service, { ...modules, ask }, request, {
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

interface Clock {
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** Ends when the time is over: it goes on while tools run, and they are told by it. */
  readonly clock: AbortSignal;
}

/** Asks, carries out what the model asks for, tells it the results, until it answers with a text. */
async function converse(
  service: HttpServiceConfig,
  modules: HttpModules & { readonly ask: Asker },
  request: AgentRun,
  { startedAt, timeoutMs, clock }: Clock,
): Promise<AgentOutcome> {
  const { signal, tag } = request;
  const elapsedMs = (): number => performance.now() - startedAt;
  const outputBytesMax = Math.min(request.outputBytesMax, service.outputBytesMax);
  const apiKey = await readApiKey(service, modules.environment);
  const toolbox = createToolbox({
    tools: request.tools,
    signal: AbortSignal.any([signal, clock]),
    tag,
    logger: modules.logger,
  });
  const counter = createCounter(request.onUsage);
  const rounds: Round[] = [];
  let [bytes, bytesBefore] = [0, 0];
  const context = (): ExchangeContext => ({
    service,
    apiKey,
    limits: { signal, timeoutMs, remainingMs: timeoutMs - elapsedMs(), idleTimeoutMs: service.idleTimeoutMs },
    outputBytesMax,
    onBytes: (now) => {
      bytes = now;
      request.onProgress?.({ outputBytes: bytesBefore + now, elapsedMs: elapsedMs() });
    },
    onBrokenOff: (usage) => counter.add(usage === undefined ? {} : { usage }),
  });
  const question = {
    model: service.model,
    prompt: request.prompt,
    settings: settingsOf(service, request.settings),
    tools: toolbox.offered,
    rounds,
  };
  const ask = (): Promise<Reply> => {
    request.onAsked?.();
    return modules.ask(question, context);
  };
  for (;;) {
    // What tools did is done: from then on a passing fault is waited for here, and not by doing it all again.
    const reply =
      rounds.length === 0 ? await ask() : await askAgain(ask, signal, () => timeoutMs - elapsedMs());
    bytesBefore += bytes;
    bytes = 0;
    counter.add(reply);
    refuseUnusable(service, reply, apiKey);
    // A model that was offered no tool and calls one all the same has nothing to wait for.
    if (reply.calls.length === 0 || toolbox.offered.length === 0) {
      const output = outputOf(reply, outputBytesMax);
      const isCut = reply.stop === "length";
      if (isCut) modules.logger.warn({ tag, model: service.model }, "the server cut the answer at its limit");
      return { output, elapsedMs: elapsedMs(), ...counter.sum(), ...(isCut ? { isCut } : {}) };
    }
    if (rounds.length >= TOOL_ROUNDS_MAX) throw endless(service.model);
    rounds.push({ reply, answers: await answersOf(toolbox, reply, { signal, clock, timeoutMs }) });
  }
}

function endless(model: string): AgentError {
  const message = `the model called tools in ${TOOL_ROUNDS_MAX} rounds and goes on`;
  return new AgentError("AGENT_TOOLS_ENDLESS", message, { details: { model, rounds: TOOL_ROUNDS_MAX } });
}

/** The smaller of two limits counts; without any, the provider's own. */
function settingsOf({ tokensMax }: HttpServiceConfig, settings: AgentSettings = {}): AgentSettings {
  const limits = [settings.tokensMax, tokensMax].filter((limit) => limit !== undefined);
  return limits.length === 0 ? settings : { ...settings, tokensMax: Math.min(...limits) };
}

async function answersOf(
  toolbox: Toolbox,
  reply: Reply,
  { signal, clock, timeoutMs }: { signal: AbortSignal; clock: AbortSignal; timeoutMs: number },
): Promise<Round["answers"]> {
  try {
    return await toolbox.answer(reply.calls);
  } catch (error) {
    if (signal.aborted) throw new AgentError("AGENT_STOPPED", "the run was stopped");
    if (!clock.aborted) throw error;
    throw new AgentError("AGENT_TIMED_OUT", `the tools gave no answer in ${timeoutMs} ms`, {
      details: { timeoutMs, tools: reply.calls.map(({ name }) => name).slice(0, 16) },
    });
  }
}

function refuseUnusable(service: HttpServiceConfig, reply: Reply, apiKey: string | undefined): void {
  const { model } = service;
  if (reply.stop === "refused") {
    const secrets = apiKey === undefined ? [] : [apiKey];
    const refusal = printable(Buffer.from(reply.refusal ?? ""), secrets).slice(0, REFUSAL_CHARACTERS_MAX);
    throw new AgentError(
      "AGENT_REFUSED",
      `${model} refused to answer${refusal === "" ? "" : `: ${refusal}`}`,
      {
        details: { model, refusal },
      },
    );
  }
  // The last call may lack its end; half a call is not carried out.
  if (reply.stop === "length" && reply.calls.length > 0) {
    throw new AgentError("AGENT_CALL_CUT", `the limit of tokens cut a call of a tool by ${model}`, {
      details: { model, tool: reply.calls.at(-1)?.name.slice(0, 64) },
    });
  }
}

/** @throws AgentError AGENT_OUTPUT_NOT_UTF8 (a lone surrogate, which JSON can hold and UTF-8 cannot), and those of `checkAnswer` */
function outputOf(reply: Reply, outputBytesMax: number): Uint8Array {
  if (!reply.text.isWellFormed()) {
    throw new AgentError("AGENT_OUTPUT_NOT_UTF8", "the answer holds a character that UTF-8 cannot express");
  }
  return checkAnswer(Buffer.from(reply.text), outputBytesMax);
}
