import { AgentError } from "./errors.ts";
import type { PromptPart, SizedPart } from "./promptFence.ts";
import { fencedBytes, fencePart, listedBytes, sized } from "./promptFence.ts";
import { fitOutputs, outputPart } from "./promptFit.ts";
import type { PromptDependency, PromptParts, PromptPersona, PromptTask } from "./promptParts.ts";
import { fitSurroundings } from "./promptSurroundings.ts";
import { describeParts, PROMPT_VERSION, SYSTEM_TEXT } from "./promptSystem.ts";

/** 2 MiB: the largest request (`DOCUMENT_BYTES_MAX`) and as much again for everything else. */
export const PROMPT_BYTES_MAX = 2_097_152;
/** As many tasks as a version may have. */
export const DEPENDENCIES_MAX = 32;
/** What may stand as the name of an input's variable in an opening line. */
const INPUT_NAME_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;
/** As much of a wrong name as an error shows. */
const NAME_SHOWN_LENGTH = 64;
/** What may stand as a task's name in an opening line: no line end, no angle bracket. */
export const TASK_NAME_PATTERN = /^[A-Za-z0-9 _-]{1,32}$/;

/** A prompt, ready for any driver. */
export interface Prompt {
  /** Version of the template. */
  readonly version: typeof PROMPT_VERSION;
  /** All parts: `system` and then `user`. */
  readonly text: string;
  /** The parts that instruct: system, persona, task. */
  readonly system: string;
  /** The parts that are data: request, outputs, rules, memory, thread. */
  readonly user: string;
}

/**
 * Builds a prompt of version 3, as the README describes it. Pure: the same parts give the same bytes.
 *
 * Cases, in this order: everything fits; messages are left out, the oldest first, then memories, the least fitting first,
 * then the rules, until it fits; the longest outputs are cut to one length; it cannot fit.
 *
 * @throws AgentError PROMPT_NAME_INVALID, PROMPT_PARTS_INVALID (text that is not well-formed Unicode, too many
 * dependencies), PROMPT_TOO_LARGE (request, persona and task alone are too long).
 *
 * @example
 * const prompt = buildPrompt({
 *   persona: { name: "Ada", role: "reader", goal: "find what matters", backstory: "" },
 *   task: { name: "read", prompt: "Choose ten sentences." },
 *   request: "A long text …",
 *   dependencies: [],
 *   thread: [],
 * });
 */
export function buildPrompt(parts: PromptParts): Prompt {
  requireNames(parts.dependencies);
  const persona = { name: "persona", data: personaText(parts.persona) };
  const task = { name: "task", data: taskText(parts.task, parts.dependencies) };
  const request = requestParts(parts);
  const outputs = parts.dependencies.map(outputPart);
  for (const part of [persona, task, ...request, ...outputs]) requireWellFormed(part);
  for (const [name, said] of [["memory", parts.memories ?? []] as const, ["thread", parts.thread] as const]) {
    for (const { author, text } of said) for (const data of [author, text]) requireWellFormed({ name, data });
  }
  requireWellFormed({ name: "rules", data: parts.rules ?? "" });

  const fixed = [persona, task, ...request].map(sized);
  const fits = (data: readonly SizedPart[]) => promptBytes([...fixed, ...data]) <= PROMPT_BYTES_MAX;
  const outputSizes = outputs.map(sized);
  const around = fitSurroundings(parts, (kept) => fits([...outputSizes, ...kept]));
  const data = [...fitOutputs(outputs, (sizes) => fits([...sizes, ...around.map(sized)])), ...around];
  if (!fits(data.map(sized))) {
    const bytes = promptBytes(fixed);
    throw new AgentError("PROMPT_TOO_LARGE", `request, persona and task take ${bytes} bytes of a prompt`, {
      details: { bytes, bytesMax: PROMPT_BYTES_MAX, requestBytes: Buffer.byteLength(parts.request) },
    });
  }
  return assemble([persona, task], [...request, ...data]);
}

/** Bytes of a whole prompt whose parts after `system` have these sizes. */
function promptBytes(parts: readonly SizedPart[]): number {
  const list = parts.reduce((sum, part) => sum + listedBytes(part.name, part.bytes), 0);
  // The list's last line end belongs to the fence.
  const system = fencedBytes("system", Buffer.byteLength(SYSTEM_TEXT) + list - 1);
  return parts.reduce((sum, part) => sum + fencedBytes(part.name, part.bytes), system);
}

function assemble(instructions: readonly PromptPart[], data: readonly PromptPart[]): Prompt {
  const systemPart = { name: "system", data: SYSTEM_TEXT + describeParts([...instructions, ...data]) };
  const system = [systemPart, ...instructions].map(fencePart).join("");
  const user = data.map(fencePart).join("");
  return { version: PROMPT_VERSION, text: system + user, system, user };
}

function personaText(persona: PromptPersona): string {
  const { name, role, goal, backstory } = persona;
  return `name: ${name}\nrole: ${role}\ngoal: ${goal}\nbackstory: ${backstory}`;
}

/** What was handed in: one text, or one for each variable, each in a fence of its own. */
function requestParts({ request, inputs = [] }: PromptParts): readonly PromptPart[] {
  if (inputs.length === 0) return [{ name: "request", data: request }];
  for (const { name } of inputs) requireInputName(name);
  return inputs.map(({ name, text }) => ({ name: `input ${name}`, data: text }));
}

function requireInputName(name: string): void {
  if (INPUT_NAME_PATTERN.test(name)) return;
  const shown = name.slice(0, NAME_SHOWN_LENGTH);
  throw new AgentError(
    "PROMPT_NAME_INVALID",
    `the input name ${JSON.stringify(shown)} cannot stand in a prompt`,
    {
      details: { input: shown },
    },
  );
}

function taskText(task: PromptTask, dependencies: readonly PromptDependency[]): string {
  const called = task.toolArguments ?? "";
  const toolArguments = called === "" ? "" : `tool arguments: ${JSON.stringify(called)}\n`;
  const tool = task.tool === undefined || task.tool === "" ? "" : `tool: ${task.tool}\n${toolArguments}`;
  const names = dependencies.map((dependency) => `${dependency.task} (agent ${dependency.agent})`);
  const uses = names.length === 0 ? "" : `uses: ${names.join(", ")}\n`;
  return `name: ${task.name}\n${tool}${uses}prompt:\n${task.prompt}`;
}

function requireNames(dependencies: readonly PromptDependency[]): void {
  if (dependencies.length > DEPENDENCIES_MAX) {
    const count = dependencies.length;
    throw new AgentError("PROMPT_PARTS_INVALID", `${count} dependencies, at most ${DEPENDENCIES_MAX}`, {
      details: { part: "output", count, countMax: DEPENDENCIES_MAX },
    });
  }
  const seen = new Set<string>();
  for (const { task } of dependencies) {
    if (TASK_NAME_PATTERN.test(task) && !seen.has(task)) {
      seen.add(task);
      continue;
    }
    const reason = seen.has(task) ? "stands in the prompt twice" : "cannot stand in a prompt";
    throw new AgentError(
      "PROMPT_NAME_INVALID",
      `the task name ${JSON.stringify(task.slice(0, 64))} ${reason}`,
      {
        details: { task: task.slice(0, 64) },
      },
    );
  }
}

/** A lone surrogate has no UTF-8 form: it would silently become another character, and N and H would not match. */
function requireWellFormed({ name, data }: PromptPart): void {
  if (data.isWellFormed()) return;
  throw new AgentError("PROMPT_PARTS_INVALID", `the part ${name} is not well-formed text`, {
    details: { part: name },
  });
}
