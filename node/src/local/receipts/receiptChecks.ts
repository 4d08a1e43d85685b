import { getExecution } from "@pleiad/sdk/actions/getExecution";
import { runDigestOf } from "@pleiad/sdk/actions/runDigestOf";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { PleiadError } from "@pleiad/sdk/errors";
import type { ReadClient } from "@pleiad/sdk/types/client";
import { CONTRACT_NAMES, type Deployment } from "@pleiad/sdk/types/deployment";
import type { Execution } from "@pleiad/sdk/types/execution";
import type { VerificationCheck } from "@pleiad/sdk/types/verification";
import { type Hex, keccak256, zeroHash } from "viem";
import { counted, listed } from "../words.ts";
import { evidenceFound, wordsOf } from "./evidenceFound.ts";
import type { FetchBlob } from "./outputBytes.ts";
import { bytesOf, type Content, type Receipt, receiptDeployment } from "./receipt.ts";

/** A check of a receipt: one of the SDK's, or one of the file itself. */
export interface ReceiptCheck {
  readonly name: "file" | "contracts" | "evidence" | "claims" | VerificationCheck["name"];
  readonly outcome: VerificationCheck["outcome"];
  /** What was compared with what, in words. */
  readonly text: string;
}

/** What checking a receipt came to. */
export interface ReceiptVerification {
  /** No check failed, and the response's bytes were among what was checked. */
  readonly verified: boolean;
  readonly checks: readonly ReceiptCheck[];
}

/**
 * Checks a receipt, in this order:
 *
 * - `file`: what the receipt holds has the digests that it says, and folds to its run digest;
 * - `contracts`: its contracts are those that the reader trusts, where the reader says which;
 * - the SDK's own checks of the response against the chain (`verifyResponse`);
 * - `evidence`: what nodes say of how their answers came is what they signed for, as far as the receipt holds it;
 * - `claims`: everything else that the receipt says is what the chain says.
 *
 * @param trusted The contracts that the reader trusts; undefined where the reader takes the receipt's word.
 * @throws the RPC errors; a check that fails throws nothing
 */
export async function checkReceipt(
  client: ReadClient,
  receipt: Receipt,
  trusted: Deployment | undefined,
): Promise<ReceiptVerification> {
  const deployment = receiptDeployment(receipt);
  const file = checkFile(receipt);
  const contracts = checkContracts(deployment, trusted);
  // The chain is asked about the right contracts or not at all.
  if (contracts.outcome === "failed") return { verified: false, checks: [file, contracts] };
  const own = receipt.completions.find(({ digest }) => digest === receipt.response.digest)?.content;
  const execution = BigInt(receipt.executionId);
  try {
    const verification = await verifyResponse(client, {
      deployment,
      execution,
      ...(own === undefined || own === null ? {} : { response: bytesOf(own) }),
      fetchBlob: blobsIn(receipt),
    });
    const claims = checkClaims(receipt, await getExecution(client, { deployment, execution }));
    const evidence = checkEvidence(receipt);
    const checks = [file, contracts, ...verification.checks, evidence, claims];
    const isRight = checks.every(({ outcome }) => outcome !== "failed");
    return { verified: verification.verified && isRight, checks };
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "EXECUTION_UNKNOWN") throw error;
    return {
      verified: false,
      checks: [file, contracts, { name: "state", outcome: "failed", text: error.message }],
    };
  }
}

/** The file by itself, without the chain. */
export function checkFile(receipt: Receipt): ReceiptCheck {
  const { version, input, completions, response } = receipt;
  const wrong = [
    ...wrongDigest("the version's code", version.digest, keccak256(version.code)),
    ...wrongContent("the input", input.digest, input.content),
    ...completions.flatMap(({ task, digest, content }) =>
      wrongContent(`the output of task ${task}`, digest, content),
    ),
  ];
  const outputDigests = completions.toSorted((a, b) => a.task - b.task).map(({ digest }) => digest);
  const runDigest = runDigestOf({ versionDigest: version.digest, inputDigest: input.digest, outputDigests });
  wrong.push(...wrongDigest("what the receipt folds to", response.runDigest, runDigest));
  if (outputDigests.at(-1) !== response.digest) wrong.push("the response is not the last task's output");
  if (wrong.length > 0) return { name: "file", outcome: "failed", text: wrong.join("; ") };
  return {
    name: "file",
    outcome: "passed",
    text: "code, input and outputs in the receipt have the digests that it says",
  };
}

function checkContracts(deployment: Deployment, trusted: Deployment | undefined): ReceiptCheck {
  if (trusted === undefined) {
    const text = `the receipt itself says that the contract is ${deployment.clusterExecutions}; compare it with one you trust, or give --deployment`;
    return { name: "contracts", outcome: "skipped", text };
  }
  const others = CONTRACT_NAMES.filter((name) => trusted[name] !== deployment[name]);
  if (trusted.chainId !== deployment.chainId) {
    const text = `the receipt is of chain ${deployment.chainId}, your contracts are on chain ${trusted.chainId}`;
    return { name: "contracts", outcome: "failed", text };
  }
  if (others.length === 0)
    return { name: "contracts", outcome: "passed", text: "its contracts are the ones you named" };
  return {
    name: "contracts",
    outcome: "failed",
    text: `the receipt names another ${listed(others)} than you do`,
  };
}

/** What nodes say of how their answers came, held against what they signed for: `claims` holds that against the chain. */
export function checkEvidence({ completions, deployment, executionId }: Receipt): ReceiptCheck {
  const signed = completions.filter(({ evidenceDigest }) => evidenceDigest !== zeroHash);
  const said: string[] = [];
  const wrong: string[] = [];
  let away = 0;
  for (const { task, node, digest, evidenceDigest, evidence } of signed) {
    const claim = {
      chainId: deployment.chainId,
      execution: BigInt(executionId),
      task,
      node: BigInt(node),
      outputDigest: digest,
      evidenceDigest,
    };
    const found = evidenceFound(
      claim,
      evidence === undefined || evidence === null ? undefined : bytesOf(evidence),
    );
    if (found.kind === "there") said.push(`node ${node} says of task ${task}: ${wordsOf(found.evidence)}`);
    else if (found.kind === "away") away += 1;
    else wrong.push(`the evidence of task ${task} is not node ${node}'s: ${found.why}`);
  }
  if (wrong.length > 0) return { name: "evidence", outcome: "failed", text: wrong.join("; ") };
  if (signed.length === 0)
    return {
      name: "evidence",
      outcome: "skipped",
      text: "no node signed for evidence of how its answer came",
    };
  const missing = away === 0 ? [] : [`the evidence of ${counted(away, "answer")} is not in the receipt`];
  return {
    name: "evidence",
    outcome: said.length === 0 ? "skipped" : "passed",
    text: [...said, ...missing].join("; "),
  };
}

/** Everything that the receipt says of the execution, compared with the chain. */
function checkClaims(receipt: Receipt, execution: Execution): ReceiptCheck {
  const wrong = [...executionDifferences(receipt, execution), ...completionDifferences(receipt, execution)];
  if (wrong.length > 0) return { name: "claims", outcome: "failed", text: wrong.join("; ") };
  return {
    name: "claims",
    outcome: "passed",
    text: "who did what, when and in which transaction is as the chain has it",
  };
}

type Pair = readonly [what: string, said: unknown, found: unknown];

function executionDifferences(receipt: Receipt, execution: Execution): string[] {
  const { created, response } = execution;
  return differences([
    ["cluster", receipt.clusterId, Number(execution.cluster)],
    ["version", receipt.version.version, Number(execution.version)],
    ["version digest", receipt.version.digest, execution.versionDigest],
    ["requester", receipt.requester, execution.requester],
    ["time of creation", receipt.createdAt, Number(execution.createdAt)],
    ["input digest", receipt.input.digest, created.inputDigest],
    ["input URI", receipt.input.uri, created.inputURI],
    ["transaction of the request", receipt.created.transaction, created.transactionHash],
    ["block of the request", receipt.created.blockHash, created.blockHash],
    ["block number of the request", receipt.created.block, Number(created.blockNumber)],
    ["response digest", receipt.response.digest, response?.responseDigest],
    ["run digest", receipt.response.runDigest, response?.runDigest],
    ["transaction of the response", receipt.response.transaction, response?.transactionHash],
    ["block of the response", receipt.response.blockHash, response?.blockHash],
    ["block number of the response", receipt.response.block, Number(response?.blockNumber)],
  ]);
}

function completionDifferences(receipt: Receipt, execution: Execution): string[] {
  const wrong = differences([
    ["number of completions", receipt.completions.length, execution.completions.length],
  ]);
  for (const claim of receipt.completions) {
    const found = execution.completions.find(({ task }) => task === claim.task);
    const of = (what: string) => `${what} of task ${claim.task}`;
    wrong.push(
      ...differences([
        [of("node"), claim.node, Number(found?.node)],
        [of("role"), claim.role, found?.role],
        [of("output digest"), claim.digest, found?.outputDigest],
        [of("evidence digest"), claim.evidenceDigest, found?.evidenceDigest],
        [of("tip"), claim.tipWei, found?.tipWei.toString()],
        [of("output URI"), claim.uri, found?.outputURI],
        [of("transaction"), claim.transaction, found?.transactionHash],
        [of("block"), claim.blockHash, found?.blockHash],
        [of("block number"), claim.block, Number(found?.blockNumber)],
      ]),
    );
  }
  return wrong;
}

function differences(pairs: readonly Pair[]): string[] {
  return pairs
    .filter(([, said, found]) => String(said).toLowerCase() !== String(found).toLowerCase())
    .map(
      ([what, said, found]) => `the receipt says ${said} for the ${what}, the chain ${found ?? "nothing"}`,
    );
}

function wrongDigest(what: string, said: Hex, found: Hex): string[] {
  return said.toLowerCase() === found.toLowerCase() ? [] : [`${what} hashes to ${found}, not to ${said}`];
}

function wrongContent(what: string, digest: Hex, content: Content | null): string[] {
  return content === null ? [] : wrongDigest(what, digest, keccak256(bytesOf(content)));
}

/** The receipt's own bytes by digest, for what the chain has by reference. */
function blobsIn(receipt: Receipt): FetchBlob {
  const contents = [receipt.input, ...receipt.completions];
  return async ({ digest }) => {
    const found = contents.find((one) => one.digest.toLowerCase() === digest.toLowerCase())?.content;
    return found === undefined || found === null ? undefined : bytesOf(found);
  };
}
