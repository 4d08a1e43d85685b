import type { Address } from "viem";

/**
 * Who says something in a cluster. The node that signs an entry vouches for it: for an agent it must serve the agent's model
 * (see `ClusterMembership.mayVoice`), a helper is a name under that node, a user is somebody whom that node let in.
 */
export type Author =
  | { readonly kind: "agent"; readonly agent: bigint }
  | { readonly kind: "helper"; readonly name: string }
  | { readonly kind: "user"; readonly user: Address }
  | { readonly kind: "node" };

/** A helper's name: as an agent's, so that both can be addressed in the same way. */
export const HELPER_NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The one text form of an author: `agent:12`, `helper:tester`, `user:0x…` in lower case, `node`. */
export function encodeAuthor(author: Author): string {
  switch (author.kind) {
    case "agent":
      return `agent:${author.agent}`;
    case "helper":
      return `helper:${author.name}`;
    case "user":
      return `user:${author.user.toLowerCase()}`;
    case "node":
      return "node";
    default:
      return author satisfies never;
  }
}

/** The inverse of `encodeAuthor`; undefined for any other text. */
export function decodeAuthor(text: string): Author | undefined {
  if (text === "node") return { kind: "node" };
  const [, kind = "", name = ""] = /^(agent|helper|user):(.+)$/s.exec(text) ?? [];
  if (kind === "agent" && /^(0|[1-9][0-9]{0,77})$/.test(name)) return { kind, agent: BigInt(name) };
  if (kind === "helper" && HELPER_NAME.test(name)) return { kind, name };
  if (kind === "user" && /^0x[0-9a-f]{40}$/.test(name)) return { kind, user: name as Address };
  return undefined;
}
