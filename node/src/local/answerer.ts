import type { Logger } from "pino";
import type { Address } from "viem";
import type { AgentDriver } from "../agents/driver.ts";
import { AgentError } from "../agents/errors.ts";
import { decodeInput } from "../agents/input.ts";
import { priceTableOf } from "../agents/money/amounts.ts";
import type { Ledger } from "../agents/money/ledger.ts";
import type { PriceTable } from "../agents/money/types.ts";
import { namedInputs } from "../agents/namedInputs.ts";
import { buildPrompt } from "../agents/prompt.ts";
import type { Sandbox } from "../agents/sandbox/sandbox.ts";
import { createDriver } from "../agents/services.ts";
import { agentTag } from "../agents/tag.ts";
import { invalidUtf8Offset } from "../agents/text.ts";
import type { ServiceConfig } from "../config/service.ts";
import type { Answerer } from "../work/ports.ts";
import { turnUsageOf } from "./turnUsage.ts";

export interface AnswererOptions {
  /** Service of each model that this operator serves, by model id. */
  readonly services: ReadonlyMap<bigint, ServiceConfig>;
  /** Where agents get their private folders. */
  readonly scratchFolder: string;
  /** Marks this data folder's processes, see `agentTag`. */
  readonly tagPrefix: string;
  /** What keeps agents from the rest of this machine. */
  readonly sandbox: Sandbox;
  /** What a model's service is called. */
  readonly nameOf: (model: bigint) => string;
}

export interface AnswererModules {
  readonly logger: Logger;
  /** Asked before each run, and told what it used. */
  readonly ledger: Ledger;
  /** On whose account an execution runs; undefined where it is not known any more. */
  readonly accountOf: (execution: bigint) => { readonly cluster: bigint; readonly user: Address } | undefined;
}

/** The agents of this node: builds the prompt and asks the driver of the task's model. */
export function createAnswerer(options: AnswererOptions, modules: AnswererModules): Answerer {
  const drivers = new Map<bigint, AgentDriver>();
  const prices = new Map<bigint, PriceTable>();
  for (const [model, service] of options.services) {
    if (service.prices !== undefined) prices.set(model, priceTableOf(service.prices));
    drivers.set(
      model,
      createDriver(service, {
        scratchFolder: options.scratchFolder,
        environment: process.env,
        logger: modules.logger,
        sandbox: options.sandbox,
      }),
    );
  }
  return {
    canAnswer: (model) => drivers.has(model),
    async answer({ task, request, dependencies, around }, { signal, timeoutMs, outputBytesMax, job, of }) {
      const driver = drivers.get(task.model);
      if (driver === undefined) throw new Error(`model ${task.model} has no service`);
      const text = decodeInput(request);
      const prompt = buildPrompt({
        persona: task.agent,
        task: task.tool === "" ? { name: task.name, prompt: task.prompt } : task,
        request: text,
        inputs: namedInputs(text, task.inputs ?? []),
        dependencies: dependencies.map(({ task: name, agent, output }) => ({
          task: name,
          agent,
          output: textOf(name, output),
        })),
        rules: around?.rules,
        memories: around?.memories ?? [],
        thread: around?.messages ?? [],
      });
      const tag = agentTag(options.tagPrefix, job);
      const account = of === undefined ? undefined : modules.accountOf(of.execution);
      const meter = await modules.ledger.begin({
        agent: `agent ${task.agent.agent}`,
        service: options.nameOf(task.model),
        task: of,
        cluster: account?.cluster,
        user: account?.user,
        prices: prices.get(task.model),
      });
      const { output, usage, model } = await driver.run({
        prompt,
        settings: task.agent,
        signal,
        timeoutMs,
        outputBytesMax,
        tag,
      });
      // A program that says nothing of tokens has used none that anybody could count.
      if (usage !== undefined) {
        // The answer is there and paid for; whether there is anything left the next run is told.
        await meter.spend(turnUsageOf(usage, { model }));
      }
      return output;
    },
  };
}

/**
 * The output of another node as text. The contract takes any bytes, so a hostile node can have others settled: they
 * fail this task, and must not pass for a bug, which would end the daemon.
 *
 * @throws AgentError INPUT_NOT_TEXT
 */
function textOf(task: string, output: Uint8Array): string {
  const offset = invalidUtf8Offset(output);
  if (offset === undefined) return new TextDecoder("utf-8").decode(output);
  throw new AgentError("INPUT_NOT_TEXT", `the output of task ${JSON.stringify(task)} is not UTF-8 text`, {
    details: { task, offset },
  });
}
