import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { decodeEvidence } from "../../../sdk/src/actions/decodeEvidence.ts";
import { encodeEvidence } from "../../../sdk/src/actions/encodeEvidence.ts";
import { evidenceDigest } from "../../../sdk/src/actions/evidenceDigest.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { EVIDENCE_FORMAT, type Evidence } from "../../../sdk/src/types/evidence.ts";

const EVIDENCE: Evidence = {
  format: EVIDENCE_FORMAT,
  chainId: 31_337,
  execution: 12n,
  task: 1,
  node: 3n,
  outputDigest: `0x${"ab".repeat(32)}`,
  traceId: "0123456789abcdef0123456789abcdef",
  durationMs: 1_234,
  model: "fake-small",
  usage: { inputTokens: 10, outputTokens: 2 },
};
/** As another program, in another language, has to write it. */
const TEXT =
  `{"chainId":31337,"durationMs":1234,"execution":"12","format":"pleiad-evidence-1","model":"fake-small","node":"3","outputDigest":"0x${"ab".repeat(32)}",` +
  '"task":1,"traceId":"0123456789abcdef0123456789abcdef","usage":{"inputTokens":10,"outputTokens":2}}';

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof PleiadError) return error.code;
    throw error;
  }
  return "none";
}

describe("evidence", () => {
  it("evidenceDigest_sameEvidenceInAnyOrder_isTheDigestOfItsOneSpelling", () => {
    const { format, usage, ...rest } = EVIDENCE;
    const turned = { usage: { outputTokens: 2, inputTokens: 10, cachedTokens: undefined }, ...rest, format };
    expect(new TextDecoder().decode(encodeEvidence(EVIDENCE))).to.equal(TEXT);
    expect(evidenceDigest(EVIDENCE)).to.equal(keccak256(stringToBytes(TEXT)));
    expect(evidenceDigest(turned as unknown as Evidence)).to.equal(evidenceDigest(EVIDENCE));
    expect(evidenceDigest(encodeEvidence(EVIDENCE))).to.equal(evidenceDigest(EVIDENCE));
  });

  it("decodeEvidence_whatWasEncoded_isTheSame", () => {
    const work = {
      base: "1".repeat(40),
      diffDigest: EVIDENCE.outputDigest,
      changesDigest: "2".repeat(64),
      files: 3,
    };
    expect(decodeEvidence(encodeEvidence(EVIDENCE))).to.deep.equal(EVIDENCE);
    expect(decodeEvidence(encodeEvidence({ ...EVIDENCE, work }))).to.deep.equal({ ...EVIDENCE, work });
    const prices = { inputMicrosPerMillion: 3, outputMicrosPerMillion: 15, cachedMicrosPerMillion: 0 };
    for (const cost of [
      { currency: "USD", micros: 250_000, from: "provider" },
      { currency: "EUR", micros: 1, from: "prices", prices },
    ] as const)
      expect(decodeEvidence(encodeEvidence({ ...EVIDENCE, cost }))).to.deep.equal({ ...EVIDENCE, cost });
  });

  it("decodeEvidence_anotherSpellingShapeOrSize_isRefused", () => {
    const hostile: readonly string[] = [
      "",
      "nothing",
      "[]",
      `${TEXT} `,
      TEXT.replace("{", "{ "),
      TEXT.replace('"task":1', '"task":-1'),
      TEXT.replace('"task":1', '"task":1.5'),
      TEXT.replace("evidence-1", "evidence-2"),
      TEXT.replace('"node":"3"', '"node":"03"'),
      TEXT.replace('"node":"3"', '"node":3'),
      TEXT.replace('"task":1', '"task":1,"task":1'),
      TEXT.replace('"task":1', '"extra":1,"task":1'),
      TEXT.replace("fake-small", "x".repeat(300)),
      TEXT.replace("0xabab", "0xABAB"),
      `${TEXT.slice(0, -1)},"z":"${"z".repeat(9_000)}"}`,
    ];
    for (const text of hostile)
      expect(
        codeOf(() => decodeEvidence(stringToBytes(text))),
        text.slice(0, 200),
      ).to.equal("EVIDENCE_MALFORMED");
    expect(codeOf(() => decodeEvidence(Uint8Array.of(0xff, 0xfe)))).to.equal("EVIDENCE_MALFORMED");
  });

  it("encodeEvidence_moreThanEvidenceMayBe_isRefused", () => {
    expect(codeOf(() => encodeEvidence({ ...EVIDENCE, model: "x".repeat(9_000) }))).to.equal(
      "EVIDENCE_MALFORMED",
    );
  });
});
