import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getNode } from "@pleiad/sdk/actions/getNode";
import type { TokenKind, TokenOf } from "@pleiad/sdk/types/permission";
import type { Address } from "viem";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { idOf } from "./define.ts";
import { resolveCluster } from "./resolve.ts";
import { printableLine } from "./text/printable.ts";
import { meantWord } from "./words.ts";

/** A token that permissions are about. */
export interface Token extends TokenOf {
  readonly owner: Address;
  /** The model's name or the cluster's slug; empty for others. */
  readonly name: string;
}

/** A kind and a name that go together, as somebody types them. */
export interface TokenWish {
  readonly kind: TokenKind;
  readonly name: string;
}

/** Words that people type. */
export const TOKEN_KINDS: readonly TokenKind[] = ["node", "model", "agent", "cluster"];

/**
 * Which token somebody means, before any chain is asked.
 *
 * @param kinds Kinds that make sense here.
 * @throws PleiadError TOKEN_KIND_UNKNOWN, USAGE_INVALID
 */
export function tokenWishOf(
  word: string,
  name: string,
  kinds: readonly TokenKind[] = TOKEN_KINDS,
): TokenWish {
  const kind = meantWord(word, kinds, (hint, details) =>
    cliError("TOKEN_KIND_UNKNOWN", `"${word}" is no kind of what can be meant here`, { hint, details }),
  );
  if (kind !== "cluster") idOf(name);
  return { kind, name };
}

/** The token that is wished for. @throws the errors of unknown ids and slugs */
export async function resolveToken(chain: ChainContext, { kind, name }: TokenWish): Promise<Token> {
  const { client, deployment } = chain;
  if (kind === "cluster") {
    const { cluster, owner, slug } = await resolveCluster(chain, name);
    return { kind, token: cluster, owner, name: slug };
  }
  const token = idOf(name);
  switch (kind) {
    case "node":
      return { kind, token, owner: (await getNode(client, { deployment, node: token })).owner, name: "" };
    case "agent":
      return { kind, token, owner: (await getAgent(client, { deployment, agent: token })).owner, name: "" };
    case "model": {
      const model = await getModel(client, { deployment, model: token });
      return { kind, token, owner: model.owner, name: model.name };
    }
    default:
      return kind satisfies never;
  }
}

/** "node 3", "cluster 1 (document-brief)": how a token is called in a sentence. */
export function tokenText({ kind, token, name }: Token): string {
  return `${kind} ${token}${name === "" ? "" : ` (${printableLine(name)})`}`;
}

/** A token for a program. */
export function tokenJson({ kind, token, name, owner }: Token) {
  return { kind, id: Number(token), ...(name === "" ? {} : { name }), owner };
}
