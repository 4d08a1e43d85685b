import { AGENT_TAG_VARIABLE } from "./processTable.mjs";
import type { Scratch } from "./scratch.ts";

/** Where programs usually are, if the daemon itself has no PATH. */
export const PATH_DEFAULT = "/usr/local/bin:/usr/bin:/bin";

/**
 * Everything an agent sees of an environment: PATH and LANG as the daemon has them, a home and a place for temporary
 * files of its own, what the operator named, and its tag. What the operator named wins, so `HOME` can be given.
 *
 * @param daemon The daemon's environment.
 * @param names Variables that the service's configuration names; those that are not set are left out.
 */
export function agentEnvironment(
  daemon: Readonly<NodeJS.ProcessEnv>,
  names: readonly string[],
  scratch: Scratch,
  tag: string,
): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: daemon.PATH ?? PATH_DEFAULT,
    // macOS has no C.UTF-8 in older releases, small Linux machines have no en_US.UTF-8.
    LANG: daemon.LANG ?? (process.platform === "darwin" ? "en_US.UTF-8" : "C.UTF-8"),
    HOME: scratch.home,
    TMPDIR: scratch.temporary,
  };
  for (const name of names) {
    const value = daemon[name];
    if (value !== undefined) environment[name] = value;
  }
  environment[AGENT_TAG_VARIABLE] = tag;
  return environment;
}

/** Values that must not show in an error, since they may be secrets: of every variable that the operator named. */
export function namedValues(daemon: Readonly<NodeJS.ProcessEnv>, names: readonly string[]): string[] {
  return names.map((name) => daemon[name]).filter((value) => value !== undefined);
}
