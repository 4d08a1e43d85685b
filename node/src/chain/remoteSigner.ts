import type { Logger } from "pino";
import {
  type Address,
  getTypesForEIP712Domain,
  type Hex,
  hashTypedData,
  isHex,
  keccak256,
  numberToHex,
  parseTransaction,
  serializeSignature,
  serializeTransaction,
  serializeTypedData,
  type TransactionSerialized,
  type TypedDataDefinition,
} from "viem";
import { chainFailure } from "./errors.ts";
import { createKnownKeys } from "./knownKeys.ts";
import { createSignerCall, SIGNER_TIMEOUT_MS_DEFAULT, type SignerTls } from "./remoteSignerCall.ts";
import type { Signer, UnsignedTransaction } from "./signer.ts";

export interface RemoteSignerOptions {
  /** Where it listens; may hold a user and a password. Plain http is for whoever configures it to allow. */
  readonly url: string;
  /** Address of the key that it is to sign with. */
  readonly address: Address;
  /** @default SIGNER_TIMEOUT_MS_DEFAULT */
  readonly timeoutMs?: number;
  /** @default the system's trust, and no certificate of one's own */
  readonly tls?: SignerTls;
}

/** Half the order of secp256k1: contracts take the smaller of the two s that are right for one signature. */
const S_MAX = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
/** r, s and v of a signature in hex. */
const SIGNATURE = /^0x([0-9a-fA-F]{64})([0-9a-fA-F]{64})(00|01|1b|1c)$/i;

/**
 * A signer on another machine that speaks the JSON-RPC of Web3Signer: `eth_accounts`, `eth_signTypedData`,
 * `eth_signTransaction`. No key is on this machine. Nothing that it answers is used before it is seen to be the
 * signature of the configured address over exactly what was asked for.
 *
 * @throws PleiadError SIGNER_KEY_MISSING, SIGNER_UNREACHABLE, SIGNER_TIMEOUT, SIGNER_REFUSED, SIGNER_INVALID_ANSWER
 *
 * @example
 * const signer = await createRemoteSigner({ url: "http://127.0.0.1:9000", address }, { logger });
 * const signature = await signer.signTypedData(completion);
 */
export async function createRemoteSigner(
  options: RemoteSignerOptions,
  modules: { readonly logger: Logger },
): Promise<Signer> {
  const { url, address, timeoutMs = SIGNER_TIMEOUT_MS_DEFAULT, tls } = options;
  const { host } = new URL(url);
  const stopping = new AbortController();
  const call = createSignerCall({ url, timeoutMs, tls, stopping: stopping.signal });
  const keys = createKnownKeys();

  /** The signer is wrong, or somebody is in its place: what it sent is not used, and somebody must look. */
  function lie(what: string, details: Readonly<Record<string, unknown>> = {}) {
    modules.logger.error(
      { signer: host, address, what, ...details },
      "the remote signer signed something else",
    );
    return chainFailure(
      "SIGNER_MISMATCH",
      `the signer at ${host} signed another ${what} than it was asked for`,
      {
        details: { signer: host, address, ...details },
      },
    );
  }

  function invalid(method: string): Error {
    return chainFailure("SIGNER_INVALID_ANSWER", `the signer at ${host} on ${method}: no signature`, {
      details: { signer: host, method },
    });
  }

  async function check(): Promise<void> {
    const accounts = await call("eth_accounts", []);
    if (!Array.isArray(accounts)) throw invalid("eth_accounts");
    const isThere = accounts.some(
      (one) => typeof one === "string" && one.toLowerCase() === address.toLowerCase(),
    );
    if (isThere) return;
    throw chainFailure("SIGNER_KEY_MISSING", `the signer at ${host} does not have the key of ${address}`, {
      details: { signer: host, address, accounts: accounts.length },
    });
  }

  async function signTypedData(definition: TypedDataDefinition): Promise<Hex> {
    const answer = await call("eth_signTypedData", [address.toLowerCase(), typedDataText(definition)]);
    if (typeof answer !== "string" || !SIGNATURE.test(answer)) throw invalid("eth_signTypedData");
    const signature = spelled(answer as Hex);
    const digest = hashTypedData(definition);
    if (signature === undefined || !(await keys.isSignedBy(digest, signature, address)))
      throw lie("message", { primaryType: definition.primaryType });
    return signature;
  }

  async function signTransaction(transaction: UnsignedTransaction): Promise<Hex> {
    const answer = await call("eth_signTransaction", [transactionParams(transaction, address)]);
    if (!isHex(answer) || !answer.startsWith("0x02")) throw invalid("eth_signTransaction");
    const details = { nonce: transaction.nonce };
    const unsigned = serializeTransaction(serializable(transaction));
    let signed: ReturnType<typeof parseTransaction<TransactionSerialized<"eip1559">>>;
    try {
      signed = parseTransaction(answer as TransactionSerialized<"eip1559">);
    } catch {
      throw invalid("eth_signTransaction");
    }
    const { r, s, v: _v, yParity, ...rest } = signed;
    if (r === undefined || s === undefined || serializeTransaction(rest) !== unsigned)
      throw lie("transaction", details);
    const signature = serializeSignature({ r, s, yParity: yParity ?? 0 });
    const isSmall = BigInt(s) <= S_MAX;
    if (!isSmall || !(await keys.isSignedBy(keccak256(unsigned), signature, address)))
      throw lie("transaction", details);
    return answer;
  }

  await check();
  return Object.freeze<Signer>({
    address,
    check,
    stop: () => stopping.abort(),
    signTypedData,
    signTransaction,
  });
}

/** Web3Signer takes the typed data as text, with the type of the domain among the types and whole numbers in digits. */
function typedDataText({ domain = {}, types, primaryType, message }: TypedDataDefinition): string {
  const all = { EIP712Domain: getTypesForEIP712Domain({ domain }), ...types };
  return serializeTypedData({ domain, types: all, primaryType, message } as TypedDataDefinition);
}

function transactionParams(transaction: UnsignedTransaction, from: Address) {
  return {
    from: from.toLowerCase(),
    to: transaction.to,
    data: transaction.data,
    value: numberToHex(transaction.valueWei),
    nonce: numberToHex(transaction.nonce),
    gas: numberToHex(transaction.gasLimit),
    maxFeePerGas: numberToHex(transaction.maxFeePerGasWei),
    maxPriorityFeePerGas: numberToHex(transaction.maxPriorityFeePerGasWei),
  };
}

function serializable(transaction: UnsignedTransaction) {
  return {
    type: "eip1559",
    chainId: transaction.chainId,
    nonce: transaction.nonce,
    to: transaction.to,
    data: transaction.data,
    value: transaction.valueWei,
    gas: transaction.gasLimit,
    maxFeePerGas: transaction.maxFeePerGasWei,
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGasWei,
  } as const;
}

/** The signature as contracts and peers take it: v of 27 or 28; undefined with the larger s, which contracts refuse. */
function spelled(signature: Hex): Hex | undefined {
  const [, r = "", s = "", v = ""] = SIGNATURE.exec(signature) ?? [];
  if (BigInt(`0x${s}`) > S_MAX) return undefined;
  const parity = Number.parseInt(v, 16) % 27;
  return `0x${r}${s}${(27 + parity).toString(16)}`.toLowerCase() as Hex;
}
