import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { findSandbox } from "../../agents/sandbox/findSandbox.ts";
import { aboutSandbox, notKeptBy, type Sandbox } from "../../agents/sandbox/sandbox.ts";
import { bytesText, counted, listed } from "../text/amounts.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

/** TypeScript runs directly from here on. */
const NODE_MAJOR_MIN = 24;
/** Below this a start may fail half-way. */
const DISK_FREE_BYTES_MIN = 104_857_600;
/** Blobs alone may take so much by default. */
const DISK_FREE_BYTES_WISHED = 1_073_741_824;
/** A program that prints its version takes milliseconds. */
const ANVIL_TIMEOUT_MS = 10_000;
/** Missing packages that fit into a sentence. */
const PACKAGES_SHOWN_MAX = 5;

const packageSchema = z.looseObject({
  version: z.string().default(""),
  dependencies: z.record(z.string(), z.string()).default({}),
});

const nodePackage = fileURLToPath(new URL("../../../package.json", import.meta.url));
const REINSTALL = "run npm start, or npm ci, in the project's folder";

/** Everything that does not depend on any folder of the user's. */
export async function checkMachine(
  folder: string,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<Finding[]> {
  return [
    checkNode(process.versions.node),
    checkPackages(),
    await checkAnvil(),
    await checkDisk(folder),
    findingOf(await findSandbox({ environment, secrets: [] })),
  ];
}

/** Which sandbox agents' programs get here. Without one everything works, and a program reads what its user can read. */
export function findingOf(sandbox: Sandbox): Finding {
  const text = `${aboutSandbox(sandbox)}; ${notKeptBy(sandbox)}`;
  if (sandbox.kind !== "none") return ok("sandbox", text);
  const hint =
    process.platform === "linux"
      ? "install bubblewrap (the program bwrap), or run daemons under an account of their own"
      : "run daemons under an account of their own";
  return warning("sandbox", text, hint);
}

export function checkNode(version: string): Finding {
  if (Number(version.split(".")[0]) >= NODE_MAJOR_MIN) return ok("Node.js", `version ${version}`);
  return wrong(
    "Node.js",
    `version ${version} is too old`,
    `use version ${NODE_MAJOR_MIN} or later: ${REINSTALL}`,
  );
}

/** Whether every package is there in the version that package.json names. */
function checkPackages(): Finding {
  const { dependencies } = readPackage(nodePackage);
  const bad: string[] = [];
  for (const [name, wanted] of Object.entries(dependencies)) {
    const found = findPackage(name, dirname(nodePackage));
    if (found === undefined) bad.push(`${name} is missing`);
    else if (/^\d/.test(wanted) && found !== wanted) bad.push(`${name} is ${found} instead of ${wanted}`);
  }
  if (bad.length === 0) return ok("packages", `all ${Object.keys(dependencies).length} are there`);
  const shown = listed(bad.slice(0, PACKAGES_SHOWN_MAX));
  const more = bad.length > PACKAGES_SHOWN_MAX ? `, and ${bad.length - PACKAGES_SHOWN_MAX} more` : "";
  return wrong("packages", `${shown}${more}`, REINSTALL);
}

/** The version of a package, as a module in `from` would get it. */
function findPackage(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const path = join(at, "node_modules", name, "package.json");
    if (existsSync(path)) return readPackage(path).version;
    if (at === dirname(at)) return undefined;
  }
}

function readPackage(path: string): z.output<typeof packageSchema> {
  return packageSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** Whether the program behind the local chain runs on this machine. */
async function checkAnvil(): Promise<Finding> {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  const hint = `${REINSTALL}; or use another chain: pleiad up --rpc URL`;
  const program = resolved(`${name}/bin/anvil`);
  if (program === undefined) return wrong("anvil", `the package ${name} is not installed`, hint);
  try {
    const { stdout } = await promisify(execFile)(program, ["--version"], { timeout: ANVIL_TIMEOUT_MS });
    return ok("anvil", `version ${/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "unknown"}`);
  } catch (error) {
    return wrong("anvil", `it does not run: ${reasonOf(error)}`, hint);
  }
}

function resolved(specifier: string): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(specifier);
  } catch {
    return undefined;
  }
}

/** Whatever the system says of a program that it could not run. */
function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

async function checkDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${bytesText(free)} free`;
  const hint = `free some space: ${counted(1, "GiB", "GiB")} is comfortable`;
  if (free < DISK_FREE_BYTES_MIN) return wrong("disk", text, hint);
  return free < DISK_FREE_BYTES_WISHED ? warning("disk", text, hint) : ok("disk", text);
}
