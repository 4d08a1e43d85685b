import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startLocalNetwork } from "../node/src/local/localNetwork.ts";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../node/src/local/nodeProcess.mjs";
import { sampleService } from "../node/src/local/sampleServices.ts";

/**
 * `node scripts/bench-memory.ts [--json]`: resident memory of a daemon at rest (started, with peers, and without work
 * for 10 seconds) beside processes that do nothing but import the same packages: one as Node.js runs by itself, one with
 * the flags and the environment that a daemon gives its Node.js.
 */
const REST_MS = 10_000;
/** What both ratios are to stay below. */
const RATIO_MAX = 1.5;
const WINDOW_SECONDS = 12;

const root = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const say = (text: string) => {
  if (!values.json) console.log(text);
};
await main();

async function main(): Promise<void> {
  const packages = packagesOf(["node/src/cli/main.ts", "node/src/cli/commands/nodeStart.ts"]);
  const folder = mkdtempSync(join(tmpdir(), "pleiad-memory-"));
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const network = await startLocalNetwork({
    folder,
    chainPort: 0,
    windowSeconds: WINDOW_SECONDS,
    serviceOf: (model) => sampleService(model),
    networkEnabled: true,
    signal: interrupted.signal,
    say,
  });
  const importers = {
    byDefault: startImporter(packages),
    withDaemonFlags: startImporter(packages, DAEMON_FLAGS, DAEMON_ENVIRONMENT),
  };
  try {
    await Promise.all(Object.values(importers).map((importer) => importer.ready));
    say(`at rest for ${REST_MS / 1_000} s`);
    await sleep(REST_MS, undefined, { signal: interrupted.signal });
    const daemons = Object.values(network.target.registry.nodes).map((node) =>
      residentBytes(network.operator(node).pid),
    );
    const daemonBytes = daemons.sort((a, b) => a - b)[Math.floor(daemons.length / 2)] ?? 0;
    const comparisons = Object.entries(importers).map(([name, { pid }]) => {
      const importsBytes = residentBytes(pid);
      return { name, importsBytes, ratio: Math.round((100 * daemonBytes) / importsBytes) / 100 };
    });
    if (values.json) {
      const figures = {
        daemonBytes,
        daemons,
        comparisons,
        ratioMax: RATIO_MAX,
        flags: DAEMON_FLAGS,
        packages,
      };
      console.log(JSON.stringify(figures, undefined, 2));
    } else {
      say(
        `daemon at rest          ${megabytes(daemonBytes)} (of three: ${daemons.map(megabytes).join(", ")})`,
      );
      say(`the same ${packages.length} imports with`);
      for (const { name, importsBytes, ratio } of comparisons) {
        const conditions = name === "byDefault" ? "Node's defaults" : "a daemon's flags";
        say(`  ${conditions.padEnd(22)}${megabytes(importsBytes)}, ratio ${ratio}, at most ${RATIO_MAX}`);
      }
    }
    if (comparisons.some(({ ratio }) => ratio > RATIO_MAX)) process.exitCode = 1;
  } finally {
    await Promise.all(Object.values(importers).map((importer) => importer.stop()));
    await network.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A process that imports packages and then waits. */
function startImporter(
  packages: readonly string[],
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  const program = `for (const name of ${JSON.stringify(packages)}) await import(name);
    console.log("ready");
    process.stdin.resume().once("end", () => process.exit());`;
  const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", program], {
    cwd: join(root, "node"),
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const ready = Promise.race([
    once(child.stdout, "data"),
    ended.then(() => {
      throw new Error("the process that only imports ended");
    }),
  ]);
  return {
    pid: child.pid as number,
    ready,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Resident memory of a process, as the system counts it. */
function residentBytes(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1_024;
}

/** What these files import of packages, with all that they import of the project. What is loaded on demand is not. */
function packagesOf(entries: readonly string[]): readonly string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const target of importsOf(readFileSync(file, "utf8"))) {
      const own = target.startsWith(".") ? resolve(dirname(file), target) : ownFile(target);
      if (own !== undefined) visit(own);
      else if (!target.startsWith("node:")) packages.add(target);
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return [...packages].sort();
}

/** The file behind a name of the workspace's own packages. */
function ownFile(target: string): string | undefined {
  const [, workspace, path] = /^@pleiad\/(sdk|node)\/(.+)$/.exec(target) ?? [];
  if (workspace === undefined || path === undefined) return undefined;
  const file = join(root, workspace, "src", `${path}.ts`);
  return existsSync(file) ? file : join(root, workspace, "src", path, "base.ts");
}

/** Targets of static imports and re-exports that are there at run time. */
function importsOf(text: string): readonly string[] {
  const statements = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm;
  return [...text.matchAll(statements)].flatMap(([, target]) => target ?? []);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
