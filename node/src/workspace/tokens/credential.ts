import type { PleiadError } from "@pleiad/sdk/errors";
import { type Address, isAddress } from "viem";
import { z } from "zod";
import { workspaceError } from "../errors.ts";
import type { Credential } from "../types.ts";

/** As whom a token lets speak. An operator's may be for all clusters of the node; then each request names one. */
export type TokenCredential =
  | Exclude<Credential, { readonly kind: "node" }>
  | { readonly kind: "node"; readonly cluster?: bigint };

const digits = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform((value) => BigInt(value));
const address = z
  .string()
  .refine((value) => isAddress(value, { strict: false }))
  .transform((value) => value.toLowerCase() as Address);

/** A credential as the file has it. */
export const credentialSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("agent"), agent: digits, user: address, cluster: digits.optional() }),
  z.strictObject({ kind: z.literal("helper"), cluster: digits, name: z.string(), user: address }),
  z.strictObject({ kind: z.literal("user"), cluster: digits, user: address }),
  z.strictObject({ kind: z.literal("node"), cluster: digits.optional() }),
]);

/**
 * The credential for a request about a cluster. Whether an agent is in it, the workspace decides.
 *
 * @throws PleiadError TOKEN_OTHER_CLUSTER
 */
export function credentialIn(credential: TokenCredential, cluster: bigint): Credential {
  if (credential.cluster !== undefined && credential.cluster !== cluster)
    throw otherCluster(credential, cluster);
  return { ...credential, cluster };
}

function otherCluster(credential: TokenCredential, cluster: bigint): PleiadError {
  return workspaceError(
    "TOKEN_OTHER_CLUSTER",
    `the token is for cluster ${credential.cluster}, not for cluster ${cluster}`,
    { hint: "ask about the token's own cluster, or have a token made for the other", details: { cluster } },
  );
}
