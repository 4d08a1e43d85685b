import { encodeEvidence } from "@pleiad/sdk/actions/encodeEvidence";
import { evidenceDigest } from "@pleiad/sdk/actions/evidenceDigest";
import { EVIDENCE_FORMAT, type Evidence } from "@pleiad/sdk/types/evidence";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, stringToBytes, zeroHash } from "viem";
import { evidenceChapter } from "../../../node/src/cli/answerEvidence.ts";
import type { ExecutionFacts } from "../../../node/src/cli/executionFacts.ts";
import { evidenceFound } from "../../../node/src/local/receipts/evidenceFound.ts";
import type { Receipt } from "../../../node/src/local/receipts/receipt.ts";
import { checkEvidence } from "../../../node/src/local/receipts/receiptChecks.ts";

const CHAIN_ID = 31_337;
const OUTPUT: Hex = `0x${"ab".repeat(32)}`;
const EVIDENCE: Evidence = {
  format: EVIDENCE_FORMAT,
  chainId: CHAIN_ID,
  execution: 12n,
  task: 0,
  node: 3n,
  outputDigest: OUTPUT,
  traceId: "0".repeat(32),
  durationMs: 65_000,
  model: "fake-small\u001b[31m",
  usage: { inputTokens: 1_200, outputTokens: 30 },
  work: { base: "1".repeat(40), diffDigest: OUTPUT, changesDigest: "2".repeat(64), files: 2 },
};
const CLAIM = { chainId: CHAIN_ID, execution: 12n, task: 0, node: 3n, outputDigest: OUTPUT };

const signedFor = (bytes: Uint8Array) => ({ ...CLAIM, evidenceDigest: evidenceDigest(bytes) });
const text = (evidence: Evidence) => new TextDecoder().decode(encodeEvidence(evidence));

describe("evidence of an answer", () => {
  it("is believed where it is what was signed for, and about the same answer", () => {
    const right = encodeEvidence(EVIDENCE);
    expect(evidenceFound(signedFor(right), right)).to.deep.equal({ kind: "there", evidence: EVIDENCE });
    expect(evidenceFound(signedFor(right), undefined)).to.deep.equal({ kind: "away" });
    expect(evidenceFound(signedFor(right), stringToBytes("other")).kind).to.equal("wrong");
    const none = stringToBytes("no evidence");
    expect(evidenceFound(signedFor(none), none).kind).to.equal("wrong");
    for (const change of [
      { execution: 13n },
      { task: 1 },
      { node: 4n },
      { chainId: 1 },
      { outputDigest: zeroHash },
    ]) {
      const others = encodeEvidence({ ...EVIDENCE, ...change });
      const found = evidenceFound(signedFor(others), others);
      expect(found, JSON.stringify(Object.keys(change))).to.deep.equal({
        kind: "wrong",
        why: `it is about another ${Object.keys(change)[0]}`,
      });
    }
  });

  it("is told in the story, also where it cannot be had, of each node that agreed", async () => {
    const bytes = encodeEvidence(EVIDENCE);
    const facts = {
      execution: {
        execution: 12n,
        completions: [{ task: 0, node: 3n, outputDigest: OUTPUT, evidenceDigest: evidenceDigest(bytes) }],
        seconds: [
          { task: 0, node: 4n, evidenceDigest: OUTPUT },
          { task: 0, node: 5n, evidenceDigest: zeroHash },
        ],
      },
      version: { tasks: [{ name: "code" }] },
    } as unknown as ExecutionFacts;
    const blobs = new Map([[evidenceDigest(bytes), bytes]]);
    const chapter = await evidenceChapter(facts, CHAIN_ID, async ({ digest }) => blobs.get(digest));
    const [said = "", away = "", ...rest] = chapter?.sentences ?? [];
    expect(rest).to.deep.equal([]);
    expect(said).to.match(
      /^Node 3, of task code, says: fake-small.* answered, in 1 min.*1,200 tokens read, 30 written and /,
    );
    expect(said).to.contain("diff of 2 files").and.to.contain(OUTPUT);
    expect(said).not.to.contain("\u001b");
    expect(away).to.contain("Node 4").and.to.contain(OUTPUT).and.to.contain("no daemon here has it");
    const plain = { ...facts, execution: { ...facts.execution, completions: [], seconds: [] } };
    expect(await evidenceChapter(plain, CHAIN_ID, async () => undefined)).to.equal(undefined);
  });

  it("is checked with a receipt: there, away, or another's", () => {
    const completion = {
      task: 0,
      node: 3,
      digest: OUTPUT,
      evidenceDigest: evidenceDigest(encodeEvidence(EVIDENCE)),
    };
    const receiptWith = (...completions: readonly object[]) =>
      ({ deployment: { chainId: CHAIN_ID }, executionId: 12, completions }) as unknown as Receipt;
    const of = (evidence: object | null | undefined) =>
      checkEvidence(receiptWith({ ...completion, evidence }));
    expect(of({ encoding: "utf8", text: text(EVIDENCE) })).to.include({ outcome: "passed" });
    expect(of(null)).to.include({ outcome: "skipped" });
    expect(of(null).text).to.contain("1 answer");
    expect(of({ encoding: "utf8", text: text({ ...EVIDENCE, model: "better" }) })).to.include({
      outcome: "failed",
    });
    const none = checkEvidence(receiptWith({ ...completion, evidenceDigest: zeroHash }));
    expect(none).to.include({ outcome: "skipped" });
  });
});
