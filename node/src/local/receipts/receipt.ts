import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { PleiadError } from "@pleiad/sdk/errors";
import { chainError } from "@pleiad/sdk/errors/chainError";
import { CONTRACT_NAMES, type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import type { AcceptedCompletion, Execution } from "@pleiad/sdk/types/execution";
import { ROLES } from "@pleiad/sdk/types/states";
import { bytesToHex, type Hex, hexToBytes, isHex, type PublicClient, zeroHash } from "viem";
import { z } from "zod";
import { type FetchBlob, outputOf } from "./outputBytes.ts";

/**
 * A receipt: all that is needed to check a response later, against any endpoint of the chain, when nobody has the
 * outputs any more. It proves nothing by itself; `pleiad verify` compares it with the chain.
 */

/** Names the form of the file; another form gets another name. */
export const RECEIPT_FORMAT = "pleiad-receipt-1";
/** 32 outputs and an input of one mebibyte each, in hex, with room. Bytes. */
export const RECEIPT_BYTES_MAX = 100_663_296;

const hex = z.custom<Hex>((value) => typeof value === "string" && isHex(value), "expected 0x and hex digits");
const address = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{40}$/i.test(value),
  "expected an address",
);
const hashField = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value),
  "expected 32 bytes in hex",
);
const id = z.int().nonnegative();

/** Bytes as text where they are text, so that people can read them, else as hex. */
const content = z.discriminatedUnion("encoding", [
  z.strictObject({ encoding: z.literal("utf8"), text: z.string() }),
  z.strictObject({ encoding: z.literal("hex"), hex }),
]);

const place = { transaction: hashField, block: id, blockHash: hashField };

export const receiptSchema = z.strictObject({
  format: z.literal(RECEIPT_FORMAT),
  deployment: z.strictObject({
    chainId: z.int().positive(),
    ...Object.fromEntries(CONTRACT_NAMES.map((name) => [name, address])),
    fromBlock: id,
  }),
  executionId: id,
  clusterId: id,
  requester: address,
  createdAt: id,
  created: z.strictObject(place),
  version: z.strictObject({ version: id, digest: hashField, code: hex }),
  input: z.strictObject({ digest: hashField, uri: z.string(), content: content.nullable() }),
  completions: z.array(
    z.strictObject({
      task: id,
      node: id,
      role: z.enum(ROLES),
      digest: hashField,
      evidenceDigest: hashField,
      tipWei: z.string().regex(/^\d{1,78}$/),
      uri: z.string(),
      ...place,
      content: content.nullable(),
      // Null where its bytes were not to be had; left out where the node signed for none.
      evidence: content.nullable().optional(),
    }),
  ),
  response: z.strictObject({ digest: hashField, runDigest: hashField, ...place }),
});

/** A receipt as it stands in its file. */
export type Receipt = z.output<typeof receiptSchema>;
/** Bytes in a receipt. */
export type Content = z.output<typeof content>;

/** The chain that is asked, and the contracts on it. */
export interface ReceiptChain {
  readonly client: PublicClient;
  readonly deployment: Deployment;
}

/**
 * Makes the receipt of an execution.
 *
 * @throws PleiadError EXECUTION_NOT_SUCCEEDED; the RPC errors
 */
export async function makeReceipt(
  chain: ReceiptChain,
  execution: Execution,
  fetchBlob: FetchBlob,
): Promise<Receipt> {
  const { created, response } = execution;
  if (response === undefined) {
    const state = execution.state.toLowerCase();
    throw new PleiadError(`execution ${execution.execution} is ${state}: there is nothing to prove`, {
      code: "EXECUTION_NOT_SUCCEEDED",
      retryable: true,
      hint: "wait until it has succeeded: pleiad execution watch ID",
    });
  }
  const input =
    created.input === "0x"
      ? await fetchBlob({ digest: created.inputDigest, uri: created.inputURI })
      : hexToBytes(created.input);
  return {
    format: RECEIPT_FORMAT,
    deployment: coreOf(chain.deployment),
    executionId: Number(execution.execution),
    clusterId: Number(execution.cluster),
    requester: execution.requester,
    createdAt: Number(execution.createdAt),
    created: placeOf(created),
    version: {
      version: Number(execution.version),
      digest: execution.versionDigest,
      code: await versionCode(chain, execution),
    },
    input: { digest: created.inputDigest, uri: created.inputURI, content: contentOf(input) },
    completions: await Promise.all(execution.completions.map((one) => completionOf(one, fetchBlob))),
    response: { digest: response.responseDigest, runDigest: response.runDigest, ...placeOf(response) },
  };
}

/** What of a deployment a response rests on: the contracts of the core. */
function coreOf(deployment: Deployment): Receipt["deployment"] {
  const addresses = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, deployment[name]]));
  return { chainId: deployment.chainId, ...addresses, fromBlock: Number(deployment.fromBlock) };
}

/** The deployment that a receipt names. */
export function receiptDeployment(receipt: Receipt): Deployment {
  return parseDeployment(receipt.deployment);
}

/** The bytes of a content. */
export function bytesOf(content: Content): Uint8Array {
  return content.encoding === "utf8" ? new TextEncoder().encode(content.text) : hexToBytes(content.hex);
}

function contentOf(bytes: Uint8Array | undefined): Content | null {
  if (bytes === undefined) return null;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const isText = Buffer.from(text, "utf8").equals(bytes);
  return isText ? { encoding: "utf8", text } : { encoding: "hex", hex: bytesToHex(bytes) };
}

async function completionOf(
  completion: AcceptedCompletion,
  fetchBlob: FetchBlob,
): Promise<Receipt["completions"][number]> {
  const { task, node, role, outputDigest, evidenceDigest, tipWei, outputURI } = completion;
  return {
    task,
    node: Number(node),
    role,
    digest: outputDigest,
    evidenceDigest,
    tipWei: tipWei.toString(),
    uri: outputURI,
    ...placeOf(completion),
    content: contentOf(await outputOf(completion, fetchBlob)),
    ...(evidenceDigest === zeroHash
      ? {}
      : { evidence: contentOf(await fetchBlob({ digest: evidenceDigest, uri: "" })) }),
  };
}

function placeOf({
  transactionHash,
  blockNumber,
  blockHash,
}: {
  transactionHash: Hex;
  blockNumber: bigint;
  blockHash: Hex;
}) {
  return { transaction: transactionHash, block: Number(blockNumber), blockHash };
}

async function versionCode({ client, deployment }: ReceiptChain, execution: Execution): Promise<Hex> {
  try {
    const address = await client.readContract({
      address: deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "versionCode",
      args: [execution.cluster, execution.version],
    });
    return (await client.getCode({ address })) ?? "0x";
  } catch (error) {
    throw chainError(error);
  }
}
