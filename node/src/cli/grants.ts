import { type Grant, type TokenKind, USES_UNCOUNTED } from "@pleiad/sdk/types/permission";
import { InvalidArgumentError } from "commander";
import type { Address } from "viem";
import type { Fact } from "./output.ts";
import { counted, timeText } from "./text/amounts.ts";
import { type Token, tokenJson, tokenText } from "./tokens.ts";

/** What can be granted: nobody asks for a grant of a node. */
export const GRANT_KINDS: readonly TokenKind[] = ["model", "agent", "cluster"];

/** Reads how often something may be used. */
export function parseUsesOption(text: string): number | "any" {
  if (text === "any") return text;
  const uses = Number(text);
  if (/^[1-9]\d{0,9}$/.test(text) && uses < USES_UNCOUNTED) return uses;
  throw new InvalidArgumentError('Expected a whole number from 1, or "any" for as often as it likes.');
}

/** The number of uses as the contract has it. */
export function usesOf(uses: number | "any"): number {
  return uses === "any" ? USES_UNCOUNTED : uses;
}

/** "3 times", "as often as it likes". */
export function usesText(uses: number): string {
  return uses === USES_UNCOUNTED ? "as often as it likes" : counted(uses, "time");
}

/** A grant for a program; `uses` is null where uses are not counted. */
export function grantJson(token: Token, grantee: Address, { uses, expiresAt }: Grant) {
  return {
    ...tokenJson(token),
    grantee,
    uses: uses === USES_UNCOUNTED ? null : uses,
    until: expiresAt === undefined ? null : Number(expiresAt),
  };
}

/** A grant for a person. */
export function grantFacts(token: Token, grantee: Address, { uses, expiresAt }: Grant): Fact[] {
  return [
    ["of", tokenText(token)],
    ["for", grantee],
    ["may use it", uses === 0 ? "not at all" : usesText(uses)],
    ["until", uses === 0 ? "" : expiresAt === undefined ? "no end" : timeText(expiresAt)],
  ];
}
