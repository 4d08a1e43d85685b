import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { FolderError, type FolderErrorCode } from "../../../../node/src/agents/folders/errors.ts";
import { createProjectFolders } from "../../../../node/src/agents/folders/folders.ts";
import type {
  FolderModules,
  FolderOptions,
  ProjectFolders,
} from "../../../../node/src/agents/folders/types.ts";
import { runAfterTest } from "../../../fixtures/hooks.ts";

/** A user's project and a daemon's folder beside it. */
export interface World {
  readonly root: string;
  readonly project: string;
  readonly data: string;
  /** The user's own git, in the project. */
  git(...args: string[]): string;
  write(path: string, content: string): void;
  read(path: string): string;
  folders(options?: Partial<FolderOptions>, modules?: Partial<FolderModules>): Promise<ProjectFolders>;
}

/** A repository on the branch main, with a few files and one commit; all of it goes after the test. */
export function makeWorld(): World {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pleiad-folders-")));
  runAfterTest(async () => rmSync(root, { recursive: true, force: true }));
  const project = join(root, "project");
  const data = join(root, "data");
  mkdirSync(project);
  const world: World = {
    root,
    project,
    data,
    git: (...args) => userGit(project, ...args),
    write: (path, content) => writeAt(join(project, path), content),
    read: (path) => readFileSync(join(project, path), "utf8"),
    async folders(options = {}, modules = {}) {
      const folders = createProjectFolders(
        { folder: data, ...options },
        { environment: process.env, logger: pino({ level: "silent" }), ...modules },
      );
      runAfterTest(() => folders.close());
      await folders.open();
      return folders;
    },
  };
  world.git("init", "--quiet", "--initial-branch=main");
  world.write("README", "one\ntwo\nthree\n");
  world.write("src/main.js", "main\n");
  world.write("src/util.js", "util\n");
  world.write(".gitignore", "build/\n*.log\n");
  world.git("add", "--all");
  world.git("commit", "--quiet", "-m", "begin");
  return world;
}

export function userGit(folder: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "User",
    GIT_AUTHOR_EMAIL: "user@localhost",
    GIT_COMMITTER_NAME: "User",
    GIT_COMMITTER_EMAIL: "user@localhost",
    GIT_ALLOW_PROTOCOL: "file",
  };
  return execFileSync("git", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

export function writeAt(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** What may not change of a user's repository: every file of it, but objects and what is Pleiad's. */
export function repositoryDigest(project: string): Record<string, string> {
  const files: Record<string, string> = {};
  const visit = (folder: string, name: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const shown = name === "" ? entry.name : `${name}/${entry.name}`;
      if (shown === ".git/objects" || shown === ".git/refs/pleiad") continue;
      if (entry.isDirectory()) visit(path, shown);
      else if (entry.isSymbolicLink()) files[shown] = `link ${readlinkSync(path)}`;
      else {
        const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
        files[shown] = `${(lstatSync(path).mode & 0o777).toString(8)} ${digest}`;
      }
    }
  };
  visit(project, "");
  return files;
}

/** The files of a working tree with their content, without its git. */
export function filesIn(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (name === ".git" || name.startsWith(".git/")) continue;
    const stat = lstatSync(join(folder, name));
    if (stat.isSymbolicLink()) files[name] = `-> ${readlinkSync(join(folder, name))}`;
    else if (stat.isFile()) files[name] = readFileSync(join(folder, name), "utf8");
  }
  return files;
}

/** The failure of a promise that has to fail. */
export async function failureOf(code: FolderErrorCode, promise: Promise<unknown>): Promise<FolderError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(FolderError);
    expect((error as FolderError).code, (error as FolderError).message).to.equal(code);
    expect((error as FolderError).hint)
      .to.be.a("string")
      .and.not.equal("");
    return error as FolderError;
  }
  throw new Error(`${code} was expected, this came: ${JSON.stringify(value)}`);
}
