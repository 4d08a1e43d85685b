import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToHex, concatBytes } from "viem";
import { ENTRY_BYTES_MAX } from "../../../node/src/workspace/limits.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { decodeLogEntry } from "../../../sdk/src/log/decodeLogEntry.ts";
import { encodeLogHeader } from "../../../sdk/src/log/encodeLogHeader.ts";
import { LOG_ENTRY_BYTES_MAX, type LogEntryHeader } from "../../../sdk/src/types/logEntry.ts";

const HEADER: LogEntryHeader = {
  kind: "keys",
  space: new Uint8Array(32).fill(7),
  feed: { node: 2n ** 64n - 1n, generation: Number.MAX_SAFE_INTEGER },
  sequence: 9,
  stamp: 2n ** 63n + 5n,
  previous: `0x${"aa".repeat(32)}`,
  certificate: `0x${"bb".repeat(32)}`,
  epoch: 2 ** 32 - 1,
};
const BODY = Uint8Array.of(1, 2, 3);
const SIGNATURE = new Uint8Array(64).fill(9);
const BYTES = concatBytes([encodeLogHeader(HEADER), BODY, SIGNATURE]);

function codeOf(bytes: Uint8Array): string {
  try {
    decodeLogEntry(bytes);
  } catch (error) {
    if (error instanceof PleiadError) return error.code;
    throw error;
  }
  return "none";
}

function changed(at: number, ...values: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from(BYTES);
  bytes.set(values, at);
  return bytes;
}

describe("decodeLogEntry", () => {
  it("gives back the header that was encoded, the body and all bytes", () => {
    const { body, bytes, ...header } = decodeLogEntry(BYTES);
    expect(header).to.deep.equal(HEADER);
    expect(bytesToHex(body)).to.equal("0x010203");
    expect(bytes).to.equal(BYTES);
  });

  it("reads an entry that lies in the middle of other bytes", () => {
    const around = concatBytes([Uint8Array.of(5, 5, 5), BYTES, Uint8Array.of(5)]);
    expect(decodeLogEntry(around.subarray(3, -1)).sequence).to.equal(9);
  });

  it("has each field where the table says", () => {
    const bytes = encodeLogHeader({
      ...HEADER,
      feed: { node: 1n, generation: 2 },
      stamp: 4n,
      sequence: 3,
      epoch: 5,
    });
    const numbers = [bytes[41], bytes[49], bytes[57], bytes[65], bytes[133]];
    expect([bytes[0], bytes[1], ...numbers]).to.deep.equal([1, 1, 1, 2, 3, 4, 5]);
    expect([bytes[2], bytes[66], bytes[98], bytes.length]).to.deep.equal([7, 0xaa, 0xbb, 134]);
  });

  it("refuses what has another form, each with its code", () => {
    expect(codeOf(new Uint8Array(LOG_ENTRY_BYTES_MAX + 1))).to.equal("LOG_ENTRY_OVERSIZED");
    expect(codeOf(BYTES.subarray(0, 134 + 63))).to.equal("LOG_ENTRY_MALFORMED");
    expect(codeOf(changed(0, 2))).to.equal("LOG_ENTRY_VERSION_UNKNOWN");
    expect(codeOf(changed(1, 4))).to.equal("LOG_ENTRY_MALFORMED");
    expect(codeOf(changed(50, 0, 0, 0, 0, 0, 0, 0, 0))).to.equal("LOG_ENTRY_MALFORMED");
    expect(codeOf(changed(50, 1))).to.equal("LOG_ENTRY_MALFORMED");
    expect(codeOf(changed(42, 1))).to.equal("LOG_ENTRY_MALFORMED");
  });

  it("takes as long an entry as a daemon does", () => {
    expect(LOG_ENTRY_BYTES_MAX).to.equal(ENTRY_BYTES_MAX);
  });
});
