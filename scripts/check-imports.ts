import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/**
 * Checks that imports go one way: `sdk` imports no other workspace, `dashboard` none but those parts of the sdk that a browser can run, a layer of `node/src`
 * only itself and the layers that this table allows, the core contracts nothing of the periphery. Prints each wrong import and exits 1.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  config: [],
  chain: ["config"],
  store: ["config", "chain"],
  agents: ["config", "chain", "store"],
  network: ["config", "chain", "store"],
  workspace: ["config", "chain", "store"],
  work: ["config", "chain", "store"],
  manager: ["config", "chain", "store", "work"],
  api: ["config", "chain", "store", "work"],
  // These two alone wire things together.
  local: ["config", "chain", "store", "agents", "network", "workspace", "work", "manager", "api"],
  cli: ["config", "chain", "store", "agents", "network", "workspace", "work", "manager", "api", "local"],
};

/** Parts of the sdk that a page may use; of the others some want Node.js, a workspace's keys or a megabyte of bytecode. */
const PARTS_FOR_BROWSERS = /^@pleiad\/sdk\/(types|actions|abi|blueprint|deployment|errors)(\/|$)/;

const root = resolve(import.meta.dirname, "..");
const wrong: string[] = [];

for (const file of filesBelow("sdk/src", ".ts")) {
  for (const target of importsOf(file)) {
    if (target.startsWith("@pleiad/node") || !inside(target, file, "sdk"))
      report(file, target, "sdk imports no other workspace");
  }
}
for (const file of filesBelow("node/src", ".ts")) {
  const layer = file.split("/")[2] as string;
  const allowed = LAYERS[layer];
  if (allowed === undefined) {
    wrong.push(`${file}: the layer ${layer} is not in the table of scripts/check-imports.ts`);
    continue;
  }
  for (const target of importsOf(file)) {
    if (!target.startsWith(".")) continue;
    const at = relative(root, resolve(root, dirname(file), target));
    const other = at.split("/")[2] as string;
    if (at === "node/package.json") continue;
    if (!at.startsWith("node/src/"))
      report(file, target, "node reaches other workspaces by their package names");
    else if (other !== layer && !allowed.includes(other)) {
      report(file, target, `${layer} may import ${allowed.join(", ") || "nothing"}`);
    }
  }
}
for (const file of [...filesBelow("dashboard/src", ".ts"), ...filesBelow("dashboard/src", ".tsx")]) {
  for (const target of importsOf(file)) {
    const isOther = target.startsWith("@pleiad/") && !PARTS_FOR_BROWSERS.test(target);
    // A browser has no modules of Node.js.
    if (isOther || target.startsWith("node:") || !inside(target, file, "dashboard"))
      report(file, target, "dashboard imports the sdk's parts for browsers, packages and itself");
    // These are large: they come with the views that sign, and not before the first screen.
    if (/^(viem|wagmi|@wagmi|@pleiad\/sdk)(\/|$)/.test(target) && !mayCarryChain(file, target))
      report(
        file,
        target,
        "what speaks with the chain is imported by src/wallet and the folders of src/views alone",
      );
  }
}
for (const file of filesBelow("contracts", ".sol")) {
  if (file.startsWith("contracts/periphery") || file.startsWith("contracts/test")) continue;
  for (const target of importsOf(file)) {
    if (target.includes("periphery") || target.includes("/test/"))
      report(file, target, "the core imports no periphery");
  }
}

if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log("imports go one way");

function report(file: string, target: string, rule: string): void {
  wrong.push(`${file} imports ${target}: ${rule}`);
}

/** Whether a file of the page belongs to a part that may be loaded when it is wanted; types cost nothing anywhere. */
function mayCarryChain(file: string, target: string): boolean {
  if (/^dashboard\/src\/(wallet|views\/\w+)\//.test(file)) return true;
  const text = readFileSync(join(root, file), "utf8");
  const isType = new RegExp(`import type [^;]*["']${target.replaceAll("/", "\\/")}["']`);
  return isType.test(text);
}

/** Whether a relative import of `file` stays in `workspace`; package imports do. */
function inside(target: string, file: string, workspace: string): boolean {
  return (
    !target.startsWith(".") ||
    relative(root, resolve(root, dirname(file), target)).startsWith(`${workspace}/`)
  );
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

/** What a file imports, by the text of its import and export statements and dynamic imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match[1] as string);
}
