import type { Address } from "viem";
import { type Author, HELPER_NAME } from "../author.ts";
import type { PartyId } from "../types.ts";

const NUMBER = "(?:0|[1-9][0-9]{0,77})";
export const PARTY_ID = new RegExp(
  `^(?:agent:${NUMBER}|helper:${NUMBER}/${HELPER_NAME.source.slice(1, -1)}|user:0x[0-9a-f]{40}|node:${NUMBER})$`,
);

/** Who an author is in the whole cluster: a helper's name is one under its node, and `node` is the node that signed. */
export function partyOf(author: Author, node: bigint): PartyId {
  switch (author.kind) {
    case "agent":
      return `agent:${author.agent}`;
    case "helper":
      return `helper:${node}/${author.name}`;
    case "user":
      return `user:${author.user.toLowerCase()}`;
    case "node":
      return `node:${node}`;
    default:
      return author satisfies never;
  }
}

/** What a party's id says; undefined for any other text. */
export type PartyParts =
  | { readonly kind: "agent"; readonly agent: bigint }
  | { readonly kind: "helper"; readonly node: bigint; readonly name: string }
  | { readonly kind: "user"; readonly user: Address }
  | { readonly kind: "node"; readonly node: bigint };

export function partsOf(party: PartyId): PartyParts | undefined {
  if (!PARTY_ID.test(party)) return undefined;
  const [kind = "", rest = ""] = party.split(":");
  if (kind === "agent") return { kind, agent: BigInt(rest) };
  if (kind === "user") return { kind, user: rest as Address };
  if (kind === "node") return { kind, node: BigInt(rest) };
  const [node = "", name = ""] = rest.split("/");
  return { kind: "helper", node: BigInt(node), name };
}
