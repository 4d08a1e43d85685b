import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * `npm test`: every check and test, in an order that fails early. Stages that need much processor go one after the
 * other, so that two cores are enough. `--only NAME` runs one stage; `--list` names them.
 */
interface Stage {
  readonly name: string;
  readonly command: readonly string[];
}

const root = resolve(import.meta.dirname, "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

const STAGES: readonly Stage[] = [
  { name: "compile", command: [bin("hardhat"), "compile", "--quiet"] },
  { name: "abi", command: [bin("node"), "scripts/abi.ts", "--check"] },
  { name: "types", command: [bin("tsc"), "-p", "."] },
  { name: "lint", command: [bin("biome"), "check", "--error-on-warnings", "."] },
  { name: "solidity-lint", command: [bin("solhint"), "--disc", "--max-warnings", "0", "contracts/**/*.sol"] },
  { name: "imports", command: [bin("node"), "scripts/check-imports.ts"] },
  { name: "docs", command: [bin("node"), "scripts/check-docs.ts"] },
  { name: "contracts", command: [bin("hardhat"), "test", "mocha", "--no-compile"] },
  { name: "invariants", command: [bin("hardhat"), "test", "solidity", "--no-compile"] },
  { name: "sdk", command: mocha("test/sdk") },
  { name: "node", command: mocha("test/node") },
  { name: "e2e", command: mocha("test/e2e") },
];

const CHECKS = ["compile", "abi", "types", "lint", "solidity-lint", "imports", "docs"];

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
  let passed = 0;
  let failed = 0;
  const startedAtMs = performance.now();
  for (const stage of wanted) {
    const result = await run(stage);
    passed += result.passed;
    failed += result.failed;
    const seconds = Math.round(result.elapsedMs / 1_000);
    console.log(
      `${result.code === 0 ? "ok" : "FAILED"}  ${stage.name}  ${result.passed} passed  ${seconds} s\n`,
    );
    if (result.code !== 0) {
      console.log(`${passed} passed, ${Math.max(failed, 1)} failed`);
      process.exit(1);
    }
  }
  console.log(`all stages in ${Math.round((performance.now() - startedAtMs) / 1_000)} s`);
  console.log(`${passed} passed, ${failed} failed`);
}

/** Runs a stage, shows what it prints, and adds up what its runner counts. A check without a count is one. */
function run(stage: Stage): Promise<{ code: number; passed: number; failed: number; elapsedMs: number }> {
  const startedAtMs = performance.now();
  const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH ?? ""}` };
  const [command, ...args] = stage.command;
  return new Promise((resolvePromise) => {
    const child = spawn(command as string, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      process.stdout.write(chunk);
    });
    child.on("close", (code) => {
      const count = (pattern: RegExp) =>
        [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
      const counted = count(/(\d+) passing/g);
      resolvePromise({
        code: code ?? 1,
        passed: counted === 0 && code === 0 ? 1 : counted,
        failed: count(/(\d+) failing/g),
        elapsedMs: performance.now() - startedAtMs,
      });
    });
  });
}

/** Every `*.test.ts` below a folder, in one mocha. */
function mocha(folder: string): readonly string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => `${folder}/${name}`);
  // Files share nothing but the machine: two processes for two cores.
  return [bin("mocha"), "--parallel", "--jobs", "2", "--timeout", "30000", "--forbid-only", ...files];
}
