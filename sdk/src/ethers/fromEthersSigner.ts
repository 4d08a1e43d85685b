import type { JsonRpcSigner, Signer, TransactionRequest, TypedDataDomain, TypedDataField } from "ethers";
import { createClient, getAddress, type Hex, hexToBytes } from "viem";
import type { WriteClient } from "../types/client.ts";
import { pollingMsOf } from "./fromEthersProvider.ts";
import { type RpcRequest, rpcErrorOf, type SendRequest, senderOf, transportOf } from "./transport.ts";

/**
 * A client for every action, from an ethers signer: what is to be signed or sent goes to the signer, everything else
 * to its provider. The key never leaves the signer.
 *
 * @param signer One that is connected to a JSON-RPC provider: `Wallet`, `JsonRpcSigner`, `NonceManager` around either.
 * @throws PleiadError `SIGNER_UNSUPPORTED` for any other.
 *
 * @example
 * const client = await fromEthersSigner(new Wallet(key, new JsonRpcProvider(url)));
 * const { execution } = await execute(client, { deployment, cluster: 1n, input: "What is a lighthouse?" });
 */
export async function fromEthersSigner(signer: Signer): Promise<WriteClient> {
  const send = senderOf(signer.provider);
  const account = getAddress(await signer.getAddress());
  const request: SendRequest = async ({ method, params }) => {
    const answer = SIGNER_METHODS[method];
    if (answer === undefined) return send({ method, params });
    try {
      return await answer(signer, params as readonly unknown[], send);
    } catch (error) {
      throw rpcErrorOf(error);
    }
  };
  return createClient({
    account,
    transport: transportOf(request),
    pollingInterval: pollingMsOf(signer.provider),
  });
}

type SignerMethod = (signer: Signer, params: readonly unknown[], send: SendRequest) => Promise<unknown>;

/** The requests that a signer answers instead of its provider. */
const SIGNER_METHODS: Readonly<Record<RpcRequest["method"], SignerMethod>> = {
  eth_accounts: async (signer) => [await signer.getAddress()],
  eth_requestAccounts: async (signer) => [await signer.getAddress()],
  eth_sendTransaction: (signer, [transaction], send) =>
    sendTransaction(signer, transaction as RpcTransaction, send),
  eth_signTypedData_v4: (signer, [, typedData]) => signTypedData(signer, String(typedData)),
  personal_sign: (signer, [message]) => signer.signMessage(hexToBytes(message as Hex)),
};

/** A transaction as viem sends it to a wallet; numbers are hexadecimal. */
interface RpcTransaction {
  readonly to?: Hex | null;
  readonly data?: Hex;
  readonly value?: Hex;
  readonly gas?: Hex;
  readonly nonce?: Hex;
  readonly maxFeePerGas?: Hex;
  readonly maxPriorityFeePerGas?: Hex;
}

async function sendTransaction(
  signer: Signer,
  transaction: RpcTransaction,
  send: SendRequest,
): Promise<string> {
  const { to, data, value, gas, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const request: TransactionRequest = {
    ...(to ? { to } : {}),
    ...(data === undefined ? {} : { data }),
    ...(value === undefined ? {} : { value: BigInt(value) }),
    ...(gas === undefined ? {} : { gasLimit: BigInt(gas) }),
    ...(nonce === undefined ? {} : { nonce: Number(nonce) }),
    ...(maxFeePerGas === undefined ? {} : { maxFeePerGas: BigInt(maxFeePerGas) }),
    ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas) }),
  };
  // The wallet behind the endpoint chooses the nonce; its answer is the hash.
  if (isRemote(signer)) return signer.sendUncheckedTransaction(request);
  // ethers keeps answers for a quarter of a second, which on a quick chain is an old nonce.
  if (request.nonce === undefined) request.nonce = await pendingNonce(signer, send);
  return (await signer.sendTransaction(request)).hash;
}

function isRemote(signer: Signer): signer is JsonRpcSigner {
  return typeof (signer as Partial<JsonRpcSigner>).sendUncheckedTransaction === "function";
}

async function pendingNonce(signer: Signer, send: SendRequest): Promise<number> {
  const params = [await signer.getAddress(), "pending"];
  return Number(await send({ method: "eth_getTransactionCount", params }));
}

interface TypedData {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly message: Record<string, unknown>;
}

async function signTypedData(signer: Signer, json: string): Promise<string> {
  const { domain, types, message } = JSON.parse(json) as TypedData;
  // ethers derives the domain's type itself, and refuses to be told.
  const { EIP712Domain: _, ...own } = types;
  return signer.signTypedData(domain, own, message);
}
