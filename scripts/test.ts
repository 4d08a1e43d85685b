import { tmpdir } from "node:os";
import { join } from "node:path";
import { runStages } from "./runStages.ts";
import { BIN_FOLDER, CHECKS, PLACES, ROOT, STAGES } from "./stages.ts";

/** `npm test`: every check and test. `--only NAME` runs one stage, `--only check` those without tests; `--list` names them. */
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--list")) {
    console.log(STAGES.map(({ name }) => name).join("\n"));
    return;
  }
  const only = args.includes("--only") ? args[args.indexOf("--only") + 1] : undefined;
  const wanted = STAGES.filter(
    ({ name }) => only === undefined || name === only || (only === "check" && CHECKS.includes(name)),
  );
  if (wanted.length === 0) throw new Error(`there is no stage ${only}; --list names them`);
  const startedAtMs = performance.now();
  const env = {
    // Tests start hundreds of processes with the same code: Node.js keeps what it compiled, where it does by default.
    NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"),
    ...process.env,
    PATH: `${BIN_FOLDER}:${process.env.PATH ?? ""}`,
  };
  const results = await runStages(wanted, { places: PLACES, cwd: ROOT, env }, (text) =>
    process.stdout.write(text),
  );
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  const failed = results.filter(({ isOk }) => !isOk);
  const bad = failed.map(({ stage }) => stage.name);
  const sum = (key: "passed" | "failed") => results.reduce((total, result) => total + result[key], 0);
  // Once more, as thousands of lines may stand between a failure and the end.
  for (const { stage, complaint } of failed) console.log(`What failed in ${stage.name}:\n\n${complaint}\n`);
  if (bad.length > 0) console.log(`FAILED in ${seconds} s: ${bad.join(", ")}`);
  else console.log(`all stages in ${seconds} s`);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = bad.length > 0 ? 1 : 0;
}
