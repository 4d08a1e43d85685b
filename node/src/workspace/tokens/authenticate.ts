import { createHash, timingSafeEqual } from "node:crypto";
import type { PleiadError } from "@pleiad/sdk/errors";
import { workspaceError } from "../errors.ts";
import { type Authenticate, OPERATOR_SPEAKER, tokenWrong } from "../face/speaker.ts";
import type { TokenStore } from "./tokenStore.ts";

/** Who has the API's own token is the operator, for every cluster of the node. @param modules.now Unix milliseconds. */
export function createAuthenticate(
  options: {
    readonly tokens: TokenStore;
    /** Content of `api.token`. */
    readonly operatorToken: string;
  },
  modules: { readonly now?: () => number } = {},
): Authenticate {
  const { tokens, operatorToken } = options;
  const { now = Date.now } = modules;
  return async (token) => {
    if (token === undefined || token === "") throw tokenWrong();
    if (isSame(token, operatorToken))
      return {
        id: OPERATOR_SPEAKER,
        credential: { kind: "node" },
        role: "operate",
        expiresAtMs: undefined,
        isCurrent: async () => true,
      };
    const entry = await tokens.find(token);
    if (entry === undefined) throw tokenWrong();
    const { id, credential, role, expiresAtMs } = entry;
    const isOver = () => expiresAtMs !== undefined && now() >= expiresAtMs;
    if (isOver()) throw tokenExpired(expiresAtMs);
    return {
      id,
      credential,
      role,
      expiresAtMs,
      isCurrent: async () => !isOver() && (await tokens.isThere(id)),
    };
  };
}

function tokenExpired(expiresAtMs: number | undefined): PleiadError {
  const when = new Date(expiresAtMs ?? 0).toISOString();
  return workspaceError("TOKEN_EXPIRED", `the token was good until ${when}`, {
    hint: "have a new one made: pleiad workspace token create",
  });
}

/** An operator's token that a crash or a person left empty opens to nobody. */
function isSame(given: string, known: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return known !== "" && timingSafeEqual(digest(given), digest(known));
}
