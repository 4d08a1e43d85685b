import { RULES_VERSIONS_PER_NODE_MAX } from "../limits.ts";
import { createVersioned, type Write } from "./versioned.ts";
import { noted, type View } from "./view.ts";

/** The one document of a cluster is kept as the value of this key. */
export const RULES_KEY = "rules";

export interface RulesView extends View {
  current(): Write | undefined;
  /** Newest first. */
  history(): readonly Write[];
  /** Whether these are all that there ever were. */
  isWhole(): boolean;
}

export function createRulesView(): RulesView {
  const versioned = createVersioned({ keysPerNodeMax: 1, writesPerNodeMax: RULES_VERSIONS_PER_NODE_MAX });
  return {
    apply({ type, data, entry }) {
      const note = noted(entry);
      if (type === "rules.updated")
        versioned.add({ ...note, key: RULES_KEY, value: data.text, writer: note.party });
      else if (type === "rules.decided")
        versioned.add({
          ...note,
          key: RULES_KEY,
          value: data.text,
          writer: data.writer,
          decidedBy: note.node,
        });
    },
    reset: () => versioned.clear(),
    dump: () => versioned.dump(),
    current: () => versioned.current(RULES_KEY),
    history: () => versioned.history(RULES_KEY),
    isWhole: versioned.isWhole,
  };
}
