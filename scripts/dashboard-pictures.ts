import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * `npm run pictures:dashboard`: runs the page's tests, which leave pictures of what they look at, and puts those that docs/dashboard.md
 * and README.md show into docs/pictures.
 */
const ROOT = resolve(import.meta.dirname, "..");
const FOLDER = join(ROOT, "docs/pictures");

const shown = new Set(
  ["docs/dashboard.md", "README.md"].flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(/pictures\/([\w-]+\.png)/g)].map(
      (match) => match[1] as string,
    ),
  ),
);
const made = mkdtempSync(join(tmpdir(), "pleiad-pictures-"));
try {
  const { status } = spawnSync(process.execPath, ["scripts/test.ts", "--only", "dashboard"], {
    cwd: ROOT,
    env: { ...process.env, DASHBOARD_PICTURES: made },
    stdio: "inherit",
  });
  const missing = [...shown].filter((name) => !readdirSync(made).includes(name));
  if (status !== 0 || missing.length > 0)
    throw new Error(
      status === 0 ? `no test makes ${missing.join(", ")}` : "a test failed: nothing was copied",
    );
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER);
  for (const name of shown) copyFileSync(join(made, name), join(FOLDER, name));
  console.log(`${shown.size} pictures are in docs/pictures`);
} finally {
  rmSync(made, { recursive: true, force: true });
}
