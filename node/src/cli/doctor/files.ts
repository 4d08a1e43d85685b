import { accessSync, constants, statSync } from "node:fs";
import { type Finding, ok, wrong } from "./finding.ts";

/** Rights of the group and of everybody else. */
const OTHERS_ANY = 0o077;
const OTHERS_WRITE = 0o022;

/** Whether a folder is this user's own to write, and nobody else's. */
export function checkFolder(name: string, folder: string): Finding {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return wrong(name, `${folder} is not there`, "check its name");
  if (!stat.isDirectory()) return wrong(name, `${folder} is no folder`, "move the file away");
  if (!isWritable(folder))
    return wrong(name, `this user may not write in ${folder}`, "give it back to this user: chown");
  const mode = (stat.mode & 0o777).toString(8);
  if ((stat.mode & OTHERS_WRITE) !== 0) {
    return wrong(name, `others may write in ${folder} (mode ${mode})`, `chmod go-w ${folder}`);
  }
  return ok(name, folder);
}

/** Files of secrets that are there: whether this user alone may read them. */
export function checkSecrets(name: string, paths: readonly string[]): Finding[] {
  const there = paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  const open = there.filter((path) => (statSync(path).mode & OTHERS_ANY) !== 0);
  if (open.length > 0) {
    return open.map((path) => {
      const mode = (statSync(path).mode & 0o777).toString(8);
      return wrong(name, `others may use ${path} (mode ${mode})`, `chmod 600 ${path}`);
    });
  }
  return there.length === 0
    ? []
    : [ok(name, `${there.length} ${there.length === 1 ? "file" : "files"}, for this user alone`)];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
