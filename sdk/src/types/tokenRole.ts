/**
 * What a token of a daemon is good for, each role with what is before it: `view` reads, `act` does what a workspace and its people do (send,
 * write, approve, merge …), `operate` what is the daemon's own.
 */
export const TOKEN_ROLES = ["view", "act", "operate"] as const;

export type TokenRole = (typeof TOKEN_ROLES)[number];

/** Whether one role is enough where another is asked for. */
export function isRoleEnough(role: TokenRole, needed: TokenRole): boolean {
  return TOKEN_ROLES.indexOf(role) >= TOKEN_ROLES.indexOf(needed);
}
