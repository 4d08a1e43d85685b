import type { ApprovalRule } from "../../config/approvals.ts";
import type { ApprovalRow } from "./types.ts";

export type { ApprovalRule };

/** How a text ends that was cut for a person to read. */
const CUT = "…";

export function isCut(text: string): boolean {
  return text.endsWith(CUT);
}

/**
 * The first rule that fits a question, with its place in the configuration, from 1. A rule that allows by a pattern never fits an
 * input that was cut: nobody knows what follows.
 */
export function ruleFor(
  rules: readonly ApprovalRule[],
  { tool, input }: Pick<ApprovalRow, "tool" | "input">,
): { readonly rule: ApprovalRule; readonly number: number } | undefined {
  const index = rules.findIndex((rule) => {
    if (!fits(rule.tool, tool ?? "")) return false;
    if (rule.pattern === undefined) return true;
    if (input === undefined) return false;
    if (rule.answer === "allowOnce" && isCut(input)) return false;
    return fits(rule.pattern, input);
  });
  const rule = rules[index];
  return rule === undefined ? undefined : { rule, number: index + 1 };
}

/**
 * Whether a text is as a pattern says, in which `*` stands for any characters and everything else for itself. It takes a time that grows
 * with the product of both lengths at the most: the text is an agent's.
 */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const [first = "", ...others] = parts;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = others.pop();
  if (last === undefined) return at === text.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
