import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Builds the dashboard's page into `dashboard/dist`, unless what is there was made of the same files: `node scripts/dashboard.ts`. The
 * bootstrap runs it. With `--check` it also compares the types with docs/openapi.json, checks the page's own, and holds what a
 * browser loads first to its budget.
 */
const ROOT = resolve(import.meta.dirname, "..");
const FOLDER = join(ROOT, "dashboard");
const STAMP = join(FOLDER, "dist", ".built");
/** What a browser loads before it shows anything, scripts alone, as gzip sends it: on a phone some hundred milliseconds. Bytes. */
const INITIAL_SCRIPT_BYTES_MAX = 350_000;

const isCheck = process.argv.includes("--check");
if (isCheck) {
  run("node", "scripts/dashboard-types.ts", "--check");
  run("tsc", "-p", "dashboard");
  // Its tests and measurements run parts of themselves in the page, where there is a document.
  run("tsc", "-p", "test/dashboard");
}
if (readStamp() !== wantedStamp()) {
  run("vite", "build", "dashboard", "--logLevel", "warn");
  writeFileSync(STAMP, wantedStamp());
}
if (isCheck) checkBudget();

function run(name: string, ...args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(join(ROOT, "node_modules/.bin", name), args, {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status === 0) return;
  console.error(`${name} ${args.join(" ")} failed\n${error?.message ?? ""}${stdout}${stderr}`);
  process.exit(1);
}

/** What the page is made of, the sdk's parts that it uses among it. */
function wantedStamp(): string {
  const hash = createHash("sha256").update(readFileSync(join(ROOT, "package-lock.json")));
  for (const folder of [FOLDER, join(ROOT, "sdk", "src")]) {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !/^(dist|node_modules)(\/|$)/.test(name) && statSync(join(folder, name)).isFile())
      .sort();
    for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}

function readStamp(): string | undefined {
  try {
    return readFileSync(STAMP, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The scripts that the document names: others are loaded when they are wanted. */
function checkBudget(): void {
  const index = readFileSync(join(FOLDER, "dist/index.html"), "utf8");
  const names = [...index.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(
    (match) => match[1] as string,
  );
  const bytes = names.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(FOLDER, "dist", name))).length,
    0,
  );
  const words = `${names.length} initial scripts of ${bytes} bytes compressed, of ${INITIAL_SCRIPT_BYTES_MAX}`;
  if (names.length === 0 || bytes > INITIAL_SCRIPT_BYTES_MAX) {
    console.error(`the page has ${words}`);
    process.exit(1);
  }
  console.log(`the page has ${words}`);
}
