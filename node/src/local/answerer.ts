import type { Logger } from "pino";
import type { AgentDriver } from "../agents/driver.ts";
import { AgentError } from "../agents/errors.ts";
import { decodeInput } from "../agents/input.ts";
import { namedInputs } from "../agents/namedInputs.ts";
import { buildPrompt } from "../agents/prompt.ts";
import type { Sandbox } from "../agents/sandbox/sandbox.ts";
import { createDriver } from "../agents/services.ts";
import { agentTag } from "../agents/tag.ts";
import { invalidUtf8Offset } from "../agents/text.ts";
import type { ServiceConfig } from "../config/service.ts";
import type { Answerer } from "../work/ports.ts";

export interface AnswererOptions {
  /** Service of each model that this operator serves, by model id. */
  readonly services: ReadonlyMap<bigint, ServiceConfig>;
  /** Where agents get their private folders. */
  readonly scratchFolder: string;
  /** Marks this data folder's processes, see `agentTag`. */
  readonly tagPrefix: string;
  /** What keeps agents from the rest of this machine. */
  readonly sandbox: Sandbox;
}

/** The agents of this node: builds the prompt and asks the driver of the task's model. */
export function createAnswerer(options: AnswererOptions, modules: { readonly logger: Logger }): Answerer {
  const drivers = new Map<bigint, AgentDriver>();
  for (const [model, service] of options.services) {
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
    async answer({ task, request, dependencies, around }, { signal, timeoutMs, outputBytesMax, job }) {
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
      const { output } = await driver.run({
        prompt,
        settings: task.agent,
        signal,
        timeoutMs,
        outputBytesMax,
        tag,
      });
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
