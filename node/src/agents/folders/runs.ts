import { takeCheckpoint } from "./checkpoints.ts";
import { FolderError } from "./errors.ts";
import type { Entry, Keep } from "./keep.ts";
import { LEAK_PATHS_MAX } from "./limits.ts";
import { changedMarks, type Fingerprint, takeFingerprint } from "./mainTree.ts";
import type { FolderNotices, Leak, Run } from "./types.ts";

/** A run that has not ended. */
interface Going {
  readonly agent: string;
  readonly repository: string;
  readonly before: Fingerprint;
  /** Who else ran meanwhile, at whatever moment. */
  readonly company: Set<string>;
  /** What this library changed itself meanwhile: names of marks, and what they are since. */
  readonly claims: Map<string, string>;
  isResting: boolean;
}

/** Knows which agents run, and what of their project changed meanwhile outside of their folders. */
export function createRuns(keep: Keep) {
  const going = new Map<string, Going>();
  /** The last leak of each agent, as long as it has a folder. */
  const leaks = new Map<string, Leak & { readonly atMs: number }>();

  function requireIdle(agent: string): void {
    if (!going.has(agent)) return;
    throw new FolderError("FOLDER_BUSY", `a run of ${agent} is under way`, { agent });
  }

  async function leakOf(run: Going, entry: Entry, claimed: readonly string[]): Promise<Leak | undefined> {
    const after = await takeFingerprint(keep.git, entry.project);
    const known = new Set(claimed);
    const paths = changedMarks(run.before, after).filter(
      (name) => !known.has(name) && !(run.claims.has(name) && run.claims.get(name) === after.get(name)),
    );
    if (paths.length === 0) return undefined;
    const { agent } = run;
    const leak = {
      paths: paths.slice(0, LEAK_PATHS_MAX),
      count: paths.length,
      agents: [...run.company].sort(),
    };
    leaks.set(agent, { ...leak, atMs: keep.now() });
    return leak;
  }

  return {
    requireIdle,
    /** @throws FolderError FOLDER_BUSY while the agent is in a turn */
    requireResting(agent: string): void {
      if (going.get(agent)?.isResting !== true) requireIdle(agent);
    },
    notices(agent: string): FolderNotices {
      const run = going.get(agent);
      const leak = leaks.get(agent);
      const activity = run === undefined ? "idle" : run.isResting ? "resting" : "working";
      return { activity, ...(leak === undefined ? {} : { leak }) };
    },
    forget: (agent: string) => leaks.delete(agent),
    /** A branch that a merge moved is no leak. */
    claim(repository: string, ref: string, commit: string): void {
      for (const run of going.values()) {
        if (run.repository === repository) run.claims.set(`ref ${ref}`, commit);
      }
    },
    async begin(entry: Entry): Promise<Run> {
      const { agent } = entry.state;
      requireIdle(agent);
      // Neither sees what the other does: private refs and objects are in no fingerprint.
      const [before, checkpoint] = await Promise.all([
        takeFingerprint(keep.git, entry.project),
        takeCheckpoint(keep, entry, "Before a run"),
      ]);
      const repository = entry.project.commonFolder;
      const run: Going = {
        agent,
        repository,
        before,
        company: new Set([agent]),
        claims: new Map(),
        isResting: false,
      };
      for (const other of going.values()) {
        if (other.repository !== run.repository) continue;
        other.company.add(agent);
        run.company.add(other.agent);
      }
      going.set(agent, run);
      return {
        agent,
        checkpoint,
        async rest() {
          run.isResting = true;
          await leakOf(run, entry, []);
        },
        async end(claimed = []) {
          // Whatever the look comes to, the run is over.
          if (going.get(agent) === run) going.delete(agent);
          return { leak: await leakOf(run, entry, claimed) };
        },
      };
    },
  };
}
