import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServiceConfig, serviceSchema } from "../config/service.ts";

/** A sample program answers a long document within two seconds on a slow core, three of them at once included. */
const SAMPLE_TIMEOUT_MS = 60_000;
/** A model on another machine may think for minutes; a job's lease (ten minutes by default) has to be longer. */
const HTTP_TIMEOUT_MS = 570_000;

/** The sample program of a model (reader, writer, critic), run by the Node.js that runs this. */
export function sampleService(model: string, holdFile?: string): ServiceConfig {
  const program = fileURLToPath(new URL(`../agents/samples/${model}.ts`, import.meta.url));
  const holder = fileURLToPath(new URL("holdInput.mjs", import.meta.url));
  const args = holdFile === undefined ? [program] : [holder, holdFile, process.execPath, program];
  return serviceSchema.parse({
    kind: "command",
    program: process.execPath,
    args,
    // The sample programs consist of several files, and Node.js looks what kind they are of; nothing else is shown to them.
    readable: [dirname(program), fileURLToPath(new URL("../../package.json", import.meta.url))],
    // A file that is shown stays there when it is removed outside, which is what the holder waits for.
    sandbox: holdFile === undefined ? "auto" : "none",
    timeoutMs: SAMPLE_TIMEOUT_MS,
  });
}

/** Any OpenAI-compatible server in place of the sample programs. */
export function httpService(baseUrl: string, model: string): ServiceConfig {
  return serviceSchema.parse({ kind: "http", baseUrl, model, timeoutMs: HTTP_TIMEOUT_MS });
}
