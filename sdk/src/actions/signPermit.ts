import { type Address, domainSeparator, parseAbi, type TypedDataDomain } from "viem";
import { readContract, signTypedData } from "viem/actions";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import { chainNow } from "../internal/chainTime.ts";
import { REQUEST_SECONDS_DEFAULT } from "../internal/executionRequest.ts";
import { requireChain, rpc } from "../internal/read.ts";
import type { WriteClient } from "../types/client.ts";
import type { RouterDeployment } from "../types/periphery.ts";
import { TOKEN_PERMIT_TYPES, type TokenPermit } from "../types/tokenPermit.ts";

export interface SignPermitParameters {
  readonly deployment: RouterDeployment;
  /** An ERC-20 token with ERC-2612. */
  readonly currency: Address;
  /** The router's allowance from then on: quote and relayer's fee. */
  readonly amountWei: bigint;
  /** Until when the permit may be brought, unix seconds. @default ten minutes from now */
  readonly deadline?: bigint | undefined;
}

const PERMIT_ABI = parseAbi([
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function nonces(address owner) view returns (uint256)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
]);

/** What tokens that do not say have. */
const VERSION_DEFAULT = "1";

/**
 * Signs an allowance for the router (ERC-2612), which `executeSignedWithPermit` brings along.
 *
 * @throws PleiadError `PERMIT_UNSUPPORTED` where the token has no permits, or its signatures are made in a way of its own.
 */
export async function signPermit(
  client: WriteClient,
  parameters: SignPermitParameters,
): Promise<TokenPermit> {
  const { deployment, currency, amountWei } = parameters;
  await requireChain(client, deployment);
  const owner = client.account.address;
  const { domain, nonce } = await permitFacts(client, deployment, currency);
  const deadline = parameters.deadline ?? (await chainNow(client)) + REQUEST_SECONDS_DEFAULT;
  const signature = await rpc(() =>
    signTypedData(client, {
      account: client.account,
      domain,
      types: TOKEN_PERMIT_TYPES,
      primaryType: "Permit",
      message: { owner, spender: deployment.executionRouter, value: amountWei, nonce, deadline },
    }),
  );
  return { token: currency, owner, valueWei: amountWei, deadline, signature };
}

/** The token's domain, compared with the one that it checks signatures with, and the account's nonce. */
async function permitFacts(
  client: WriteClient,
  { chainId }: RouterDeployment,
  currency: Address,
): Promise<{ readonly domain: TypedDataDomain; readonly nonce: bigint }> {
  const token = { address: currency, abi: PERMIT_ABI } as const;
  const args = [client.account.address] as const;
  try {
    const [name, nonce, separator] = await Promise.all([
      rpc(() => readContract(client, { ...token, functionName: "name" })),
      rpc(() => readContract(client, { ...token, functionName: "nonces", args })),
      rpc(() => readContract(client, { ...token, functionName: "DOMAIN_SEPARATOR" })),
    ]);
    for (const version of [VERSION_DEFAULT, await versionOf(client, currency)]) {
      const domain = { name, version, chainId, verifyingContract: currency };
      if (domainSeparator({ domain }) === separator) return { domain, nonce };
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw sdkError("PERMIT_UNSUPPORTED", `${currency} has no ERC-2612 permits`, {
      details: { currency },
      cause: error,
    });
  }
  throw sdkError("PERMIT_UNSUPPORTED", `${currency} checks permits in a domain of its own`, {
    details: { currency },
  });
}

/** The version that a token names; most name none. */
async function versionOf(client: WriteClient, address: Address): Promise<string> {
  try {
    return await rpc(() => readContract(client, { address, abi: PERMIT_ABI, functionName: "version" }));
  } catch (error) {
    if (isRefusal(error)) return VERSION_DEFAULT;
    throw error;
  }
}

/** Whether a contract does not have the function: it reverts, or answers nothing or nonsense. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof PleiadError &&
    ["CONTRACT_REVERTED", "CONTRACT_MISSING", "RPC_FAILED"].includes(error.code)
  );
}
