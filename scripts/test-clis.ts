/**
 * Runs the real command lines of coding agents through their drivers, against a scripted model on 127.0.0.1: `npm run
 * test:clis`. Installs them first, at exact versions, into `.clis/`, each into a folder of its own (about 2 GB in all).
 *
 * `node scripts/test-clis.ts [NAME …]`: only those whose name contains one of the words. `--install`: install, run nothing.
 * `--no-install`: run what is installed. Where the machine allows it, the run has no network but the loopback.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runSubject, STEPS } from "./clis/steps.ts";
import { CLIS_FOLDER, INSTALLED, type Installed, SUBJECTS } from "./clis/subjects.ts";

/** A package of half a gigabyte over a slow line. */
const INSTALL_TIMEOUT_MS = 1_200_000;
/** Set for the run that has no network. */
const ISOLATED = "CLIS_ISOLATED";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isWanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const subjects = SUBJECTS.filter(({ name }) => isWanted(name));

if (!process.argv.includes("--no-install")) {
  const wanted = process.argv.includes("--install")
    ? INSTALLED.filter(({ name }) => isWanted(name))
    : INSTALLED.filter(({ name }) => subjects.some(({ installed }) => installed === name));
  for (const each of wanted) install(each);
}
if (!process.argv.includes("--install")) {
  const isolation = process.env[ISOLATED] === undefined ? isolate() : undefined;
  process.exitCode = isolation ?? (await run());
}

/** Runs this again without a network. @returns its exit code, or undefined where the machine does not allow that */
function isolate(): number | undefined {
  const unshare = process.getuid?.() === 0 ? ["-n"] : ["-rn"];
  const script = 'ip link set lo up && exec "$@"';
  const probe = spawnSync("unshare", [...unshare, "sh", "-c", script, "sh", "true"], { stdio: "ignore" });
  if (probe.status !== 0) {
    console.log(
      "the machine allows no network of its own for the run: nothing keeps the programs from the internet",
    );
    return undefined;
  }
  const args = [process.execPath, import.meta.filename, "--no-install", ...words];
  const { status } = spawnSync("unshare", [...unshare, "sh", "-c", script, "sh", ...args], {
    stdio: "inherit",
    env: { ...process.env, [ISOLATED]: "1" },
  });
  return status ?? 1;
}

function install({ name, package: packageName, version }: Installed): void {
  const folder = join(CLIS_FOLDER, name);
  const manifest = join(folder, "node_modules", packageName, "package.json");
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version) return;
  console.log(`installing ${packageName}@${version}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name: `clis-${name}`, private: true })}\n`);
  const args = [
    "install",
    "--no-audit",
    "--no-fund",
    "--no-save",
    "--loglevel=error",
    `${packageName}@${version}`,
  ];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: "inherit", timeout: INSTALL_TIMEOUT_MS });
  if (status !== 0) console.error(`${packageName}@${version} was not installed`);
}

async function run(): Promise<number> {
  console.log(`network: ${process.env[ISOLATED] === undefined ? "the machine's" : "loopback alone"}`);
  console.log(["program".padEnd(24), "version".padEnd(12), ...STEPS.map((step) => step.padEnd(14))].join(""));
  let failures = 0;
  for (const subject of subjects) {
    const results = await runSubject(subject);
    const version = INSTALLED.find(({ name }) => name === subject.installed)?.version ?? "";
    const cells = STEPS.map((name) => {
      const result = results.find(({ step }) => step === name);
      if (result === undefined) return "not tried";
      return result.ok ? `${result.ms} ms` : "FAILED";
    });
    console.log(
      [subject.name.padEnd(24), version.padEnd(12), ...cells.map((cell) => cell.padEnd(14))].join(""),
    );
    for (const { step, ok, why } of results) if (!ok) console.log(`    ${step}: ${why}`);
    if (results.length < STEPS.length || results.some(({ ok }) => !ok)) failures += 1;
  }
  console.log(failures === 0 ? "all passed" : `${failures} of ${subjects.length} failed`);
  return failures === 0 ? 0 : 1;
}
