import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { inProject, type Project } from "./project.ts";

/** The refs that are this library's: nothing else of the project is ever written, but the branch that a merge moves. */
export const PRIVATE_REFS = "refs/pleiad";

/** A kind of private ref that is counted. */
export type Series = "checkpoint" | "rolled-back" | "merge" | "merge-source";

export interface NumberedRef {
  readonly ref: string;
  readonly number: number;
  readonly commit: string;
  readonly tree: string;
  readonly atMs: number;
  readonly note: string;
}

export function privateRef(agent: string, name: string): string {
  return `${PRIVATE_REFS}/${agent}/${name}`;
}

/** The refs of a series, the oldest first. @throws FolderError PROJECT_REF_CORRUPT */
export async function listSeries(
  git: Git,
  project: Project,
  agent: string,
  series: Series,
): Promise<NumberedRef[]> {
  const format = "%(refname)%00%(objectname)%00%(tree)%00%(committerdate:unix)%00%(contents:subject)";
  const { text, stderr } = await git(
    inProject(project, { args: ["for-each-ref", `--format=${format}`, `${privateRef(agent, series)}/`] }),
  );
  const broken = /broken ref (\S+)/.exec(stderr)?.[1];
  if (broken !== undefined) {
    throw new FolderError("PROJECT_REF_CORRUPT", `the private ref ${broken} names no commit`, {
      ref: broken,
    });
  }
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [ref = "", commit = "", tree = "", seconds = "0", note = ""] = line.split("\0");
      return {
        ref,
        number: Number(ref.split("/").at(-1)),
        commit,
        tree,
        atMs: Number(seconds) * 1_000,
        note,
      };
    })
    .sort((a, b) => a.number - b.number);
}

/** Makes the next ref of a series. @returns its number */
export async function appendRef(
  git: Git,
  project: Project,
  agent: string,
  series: Series,
  commit: string,
): Promise<number> {
  const number = ((await listSeries(git, project, agent, series)).at(-1)?.number ?? 0) + 1;
  await setRef(git, project, privateRef(agent, `${series}/${number}`), commit, "");
  return number;
}

/**
 * Sets a ref if it is what it was thought to be.
 *
 * @param before the commit that it names now; "" when it must not be there; undefined when that does not matter
 * @throws FolderError PROJECT_LOCKED, GIT_FAILED when it is something else
 */
export async function setRef(
  git: Git,
  project: Project,
  ref: string,
  commit: string,
  before?: string,
  reason = "pleiad",
): Promise<void> {
  const old = before === undefined ? [] : [before === "" ? "0".repeat(commit.length) : before];
  await git(inProject(project, { args: ["update-ref", "-m", reason, "--no-deref", ref, commit, ...old] }));
}

export async function dropRefs(git: Git, project: Project, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return;
  const input = refs.map((ref) => `delete ${ref}\0\0`).join("");
  await git(inProject(project, { args: ["update-ref", "--no-deref", "-z", "--stdin"], input }));
}

/** Every private ref of an agent. */
export async function allRefsOf(git: Git, project: Project, agent: string): Promise<string[]> {
  const { text } = await git(
    inProject(project, { args: ["for-each-ref", "--format=%(refname)", `${PRIVATE_REFS}/${agent}/`] }),
  );
  return text.split("\n").filter((line) => line !== "");
}

/** What a ref names; undefined when there is none. @throws FolderError PROJECT_REF_CORRUPT */
export async function readRef(git: Git, project: Project, ref: string): Promise<string | undefined> {
  const found = await git(
    inProject(project, {
      args: ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`],
      okCodes: [0, 1, 128],
    }),
  );
  if (found.exitCode === 0) return found.text.split("\n").at(-1);
  const listed = await git(inProject(project, { args: ["for-each-ref", "--format=%(refname)", ref] }));
  if (/broken ref|bad object/.test(`${listed.stderr}${found.stderr}`) || listed.text !== "") {
    throw new FolderError("PROJECT_REF_CORRUPT", `the ref ${ref} names no commit`, { ref });
  }
  return undefined;
}
