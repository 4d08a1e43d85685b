import { PleiadError } from "@pleiad/sdk/errors";
import type { Address, Hex } from "viem";
import type { HelperDesk, HelperPlan } from "../../agents/team/ports.ts";
import type { Workspace } from "../../workspace/types.ts";

/** Views whose changes may be something to do for a helper; `all`: the log was folded anew. */
const NEWS: ReadonlySet<string> = new Set(["messages", "jobs", "all"]);
/** What is shown of what a helper is at: a line. Characters. */
const NOTE_CHARACTERS_MAX = 200;

/** A helper's place in the workspace: everything is said with its own credential, so what it may not, its desk may not. */
export function helperDeskOf(
  plan: HelperPlan,
  modules: { readonly workspace: Pick<Workspace, "as" | "onChange">; readonly node: bigint },
): HelperDesk {
  const { workspace, node } = modules;
  const { cluster, name } = plan;
  const as = () => workspace.as({ kind: "helper", cluster, name, user: plan.user as Address });
  const self = `helper:${node}/${name}`;

  /** Who spawned it: the log knows. @throws PleiadError HELPER_UNKNOWN */
  async function spawner(): Promise<string> {
    const found = (await as().listAgents()).find(({ id }) => id === self)?.spawnedBy;
    if (found !== undefined) return found.id;
    throw new PleiadError(`${name} is no helper of this node any more`, {
      code: "HELPER_UNKNOWN",
      hint: "spawn it again",
      details: { name },
    });
  }

  return {
    async unread() {
      const messages = await as().readMessages({ limit: 200 });
      return messages.map(({ id, from, text, thread }) => ({
        id,
        from: from.name,
        text: text.toWellFormed(),
        thread,
      }));
    },
    acknowledge: (ids) => as().ackMessage(ids as readonly Hex[]),
    async errands() {
      const jobs = await as().listJobs({ whose: "mine", limit: 200 });
      return jobs
        .filter(({ state }) => state === "queued" || state === "running")
        .toSorted((a, b) => a.spawnedAtMs - b.spawnedAtMs)
        .map(({ id, spawner: from, prompt, thread }) => ({
          id,
          from: from.name,
          prompt: prompt.toWellFormed(),
          thread,
        }));
    },
    async beginErrand(id) {
      await as().updateJob({ job: id as Hex, state: "running" });
    },
    async endErrand(id, state, text) {
      // After a crash it may have been said already; the first end stands.
      await as()
        .updateJob({ job: id as Hex, state, text })
        .catch(ifCode("JOB_ENDED"));
    },
    async report(text, requestId) {
      await as().sendMessage({ destination: { kind: "direct", to: await spawner() }, text, requestId });
    },
    async presence(state, note) {
      await as().ping({ state, note: lineOf(note) });
    },
    async beat() {
      await as().ping();
    },
    onNews: (handler) =>
      workspace.onChange((change) => {
        if (change.cluster === cluster && NEWS.has(change.view)) handler();
      }),
  };
}

function ifCode(code: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof PleiadError) || error.code !== code) throw error;
  };
}

function lineOf(note: string): string {
  return note.toWellFormed().replaceAll(/\s+/g, " ").trim().slice(0, NOTE_CHARACTERS_MAX);
}
