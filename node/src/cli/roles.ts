import { type DelegateRole, ROLE_BITS } from "@pleiad/sdk/types/permission";
import { cliError } from "./cliError.ts";
import { meantWord } from "./words.ts";

/** What a delegate may be allowed. */
export const DELEGATE_ROLES = Object.keys(ROLE_BITS) as readonly DelegateRole[];

/** The roles that somebody types, with commas between. @throws PleiadError ROLE_UNKNOWN */
export function rolesOf(text: string): DelegateRole[] {
  const words = text.split(",").map((word) => word.trim());
  const roles = words.map((word) =>
    meantWord(word, DELEGATE_ROLES, (hint, details) =>
      cliError("ROLE_UNKNOWN", `"${word}" is no role of a delegate`, { hint, details }),
    ),
  );
  return [...new Set(roles)];
}
