import { createHash, timingSafeEqual } from "node:crypto";
import { type Authenticate, OPERATOR_SPEAKER, tokenWrong } from "../face/speaker.ts";
import type { TokenStore } from "./tokenStore.ts";

/** Who has the API's own token is the operator, for every cluster of the node. */
export function createAuthenticate(options: {
  readonly tokens: TokenStore;
  /** Content of `api.token`. */
  readonly operatorToken: string;
}): Authenticate {
  const { tokens, operatorToken } = options;
  return async (token) => {
    if (token === undefined || token === "") throw tokenWrong();
    if (isSame(token, operatorToken))
      return { id: OPERATOR_SPEAKER, credential: { kind: "node" }, isCurrent: async () => true };
    const entry = await tokens.find(token);
    if (entry === undefined) throw tokenWrong();
    return { id: entry.id, credential: entry.credential, isCurrent: () => tokens.isThere(entry.id) };
  };
}

/** An operator's token that a crash or a person left empty opens to nobody. */
function isSame(given: string, known: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return known !== "" && timingSafeEqual(digest(given), digest(known));
}
