import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders of packages, the workspaces' own ones too. */
const PACKAGES = ["node_modules", "sdk/node_modules", "node/node_modules"];

/** Copies what is in the tree, and `further` folders that are made from it; the packages are shared. */
export function copyTree(root: string, folder: string, further: readonly string[]): void {
  const git = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", git, { cwd: root, encoding: "utf8" }).split("\n");
  for (const file of [...files.filter((name) => name !== ""), ...further]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  for (const path of PACKAGES.filter((name) => existsSync(join(root, name)))) {
    symlinkSync(join(root, path), join(folder, path));
  }
}
