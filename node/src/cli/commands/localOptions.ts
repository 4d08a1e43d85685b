import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Command, InvalidArgumentError } from "commander";
import type { ServiceConfig } from "../../config/service.ts";
import { holdFileOf } from "../../local/killOne.ts";
import type { Layout, OperatorName } from "../../local/layout.ts";
import { httpService, sampleService } from "../../local/sampleServices.ts";
import { parseUrlOption } from "../define.ts";

/** Long enough for a sample program on a slow machine, short enough to watch a step-in. Seconds. */
const WINDOW_SECONDS_SAMPLE = 10;
/** A language model on a small machine thinks for minutes. Seconds. */
const WINDOW_SECONDS_HTTP = 300;

/** Options that `up` and `demo` share. */
export interface LocalOptions {
  readonly input?: string;
  readonly window?: number;
  readonly modelUrl?: string;
  readonly model?: string;
  readonly network: boolean;
}

export function addLocalOptions(command: Command): Command {
  return command
    .option("--input <file>", "the document to run the cluster on, a text of at most 1 MiB")
    .option("--window <seconds>", "length of a step-in window, 3 to 86400 seconds", parseWindow)
    .option(
      "--model-url <url>",
      "an OpenAI-compatible server that answers instead of the sample programs",
      parseUrlOption,
    )
    .option("--model <name>", "the model's name on that server")
    .option("--no-network", "no peers: the daemons work through the chain alone");
}

function parseWindow(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 3 || seconds > 86_400) {
    throw new InvalidArgumentError("Expected a whole number from 3 to 86400.");
  }
  return seconds;
}

/** The document that was asked for, or the one that comes with the project. */
export function documentPath(options: LocalOptions, cwd: string): string {
  return options.input === undefined
    ? fileURLToPath(new URL("../../../../examples/document.md", import.meta.url))
    : resolve(cwd, options.input);
}

export function windowSecondsOf(options: LocalOptions): number {
  return options.window ?? (options.modelUrl === undefined ? WINDOW_SECONDS_SAMPLE : WINDOW_SECONDS_HTTP);
}

/** What answers for each model: the sample programs, or the server that was named. */
export function serviceChoice(
  options: LocalOptions,
  held?: Layout,
): (model: string, operator: OperatorName) => ServiceConfig {
  const { modelUrl, model } = options;
  if ((modelUrl === undefined) !== (model === undefined)) {
    throw new PleiadError("--model-url and --model go together", {
      code: "LOCAL_MODEL_INCOMPLETE",
      hint: "name both: --model-url http://127.0.0.1:11434/v1 --model llama3.2",
    });
  }
  if (modelUrl !== undefined && model !== undefined) return () => httpService(modelUrl, model);
  return (name, operator) => sampleService(name, held === undefined ? undefined : holdFileOf(held, operator));
}

/** The nearest `.pleiad` in the folder or above it, or the one that would be made here. */
export function dataFolderOf(
  option: string | undefined,
  env: Readonly<NodeJS.ProcessEnv>,
  cwd: string,
): string {
  const wished = option ?? env.PLEIAD_DATA;
  // An empty variable is none, as for the other commands; it would be the folder where the command runs.
  if (wished !== undefined && wished !== "") return resolve(cwd, wished);
  for (let at = cwd; ; at = dirname(at)) {
    if (existsSync(join(at, ".pleiad"))) return join(at, ".pleiad");
    if (at === dirname(at)) return join(cwd, ".pleiad");
  }
}
