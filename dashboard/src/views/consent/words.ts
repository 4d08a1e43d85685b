import type { Approval } from "../../api/operate.ts";
import type { Tone } from "../../parts/basics.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";

type Kind = Approval["options"][number]["kind"];
type By = NonNullable<Approval["by"]>;

/** How a text ends that was cut: what follows is not known, so nothing of it is remembered. */
const CUT = "…";

/** By what it does, and not by what the agent calls it. */
export function isAllowing(kind: Kind): boolean {
  return kind === "allowOnce" || kind === "allowAlways";
}

/** What an answer means here, whatever the agent calls it. */
export function meaningOf(kind: Kind, { input }: Pick<Approval, "input">): string {
  const isRemembered = input?.endsWith(CUT) !== true;
  switch (kind) {
    case "allowOnce":
      return "Allows it this once.";
    case "allowAlways":
      return isRemembered
        ? "Allows it, and the very same of this agent again until you revoke it."
        : "Allows it this once: it is too long to be remembered.";
    case "rejectOnce":
      return "Refuses it this once.";
    case "rejectAlways":
      return isRemembered
        ? "Refuses it, and the very same of this agent again until you revoke it."
        : "Refuses it this once: it is too long to be remembered.";
    default:
      return kind satisfies never;
  }
}

export function byText(by: By): string {
  if (by.kind === "operator") return "by the operator";
  if (by.kind === "owner") return `by the owner ${by.user}`;
  // Else it is the id of an answer that was remembered.
  return by.rule.startsWith("approvals.rules")
    ? `by the rule ${cleanName(by.rule)}`
    : "by an answer for good";
}

/** How a question ended: in a word, and by whom or why. */
export function outcomeOf(row: Approval): {
  readonly tone: Tone;
  readonly word: string;
  readonly by: string;
} {
  const by = row.by === undefined ? "" : byText(row.by);
  if (row.state === "timedOut") return { tone: "warn", word: "Timed out", by: "nobody answered" };
  if (row.state === "cancelled")
    return { tone: "calm", word: "Called off", by: row.reason === undefined ? by : cleanText(row.reason) };
  const option = row.options.find(({ id }) => id === row.answer);
  if (option === undefined) return { tone: "calm", word: "Called off", by };
  return isAllowing(option.kind)
    ? { tone: "good", word: "Allowed", by }
    : { tone: "bad", word: "Refused", by };
}
