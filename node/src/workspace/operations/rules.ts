import { requireForm, requireText } from "../checks.ts";
import { once, say, type Visit } from "../desk.ts";
import { RULES_BYTES_MAX } from "../limits.ts";
import type { Rules, WorkspaceOperations } from "../types.ts";
import type { Write } from "../views/versioned.ts";
import { requireVersion } from "./context.ts";
import { decide, versionsOf, type WritingModules } from "./written.ts";

export function createRulesOperations({
  desk,
  home,
}: WritingModules): Pick<WorkspaceOperations, "readRules" | "readRulesHistory" | "updateRules"> {
  return {
    async readRules() {
      const { space } = await desk.enter("readRules");
      const write = space.views.rules.current();
      return write === undefined ? null : shownRules(space, write);
    },

    async readRulesHistory(options = {}) {
      const { space } = await desk.enter("readRulesHistory");
      const { rules } = space.views;
      return versionsOf(rules.history(), options, {
        isWhole: rules.isWhole(),
        show: (write) => shownRules(space, write),
      });
    },

    async updateRules({ text, ifVersion, requestId }) {
      const visit = await desk.enter("updateRules");
      const { grant, space } = visit;
      requireText("rules", text, RULES_BYTES_MAX);
      requireVersion(ifVersion);
      if (requestId !== undefined) requireForm("request", requestId);
      if (ifVersion !== undefined) {
        const target = { view: "rules", text } as const;
        const standing = space.views.rules.current();
        const version = await decide(visit, home, { target, ifVersion, requestId, standing });
        // The home's entry is on its way here; what it says is known.
        const writer = space.names.partyOf(grant.party);
        const write = space.views.rules.history().find(({ id }) => id === version);
        return { text, version, writer, writtenAtMs: write?.atMs ?? desk.now() };
      }
      const find = (id: string) => space.views.rules.history().find((write) => write.id === id);
      return once(visit, requestId, ["rules.updated"], {
        find: (id) => {
          const write = find(id);
          return write === undefined ? undefined : shownRules(space, write);
        },
        async make() {
          const { id } = await say(visit, "rules.updated", { text, request: requestId });
          const write = find(id);
          if (write === undefined) throw new Error(`rules ${id} were appended and are in no view`);
          return shownRules(space, write);
        },
      });
    },
  };
}

function shownRules({ names }: Visit["space"], { value, id, writer, atMs }: Write): Rules {
  return { text: value ?? "", version: id, writer: names.partyOf(writer), writtenAtMs: atMs };
}
