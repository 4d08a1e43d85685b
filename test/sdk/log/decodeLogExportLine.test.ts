import { expect } from "chai";
import { describe, it } from "mocha";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { decodeLogExportLine } from "../../../sdk/src/log/decodeLogExportLine.ts";
import { encodeLogExportLine } from "../../../sdk/src/log/encodeLogExportLine.ts";
import type { LogExportFeed, LogExportHeader, LogExportLine } from "../../../sdk/src/types/logExport.ts";

const HASH = `0x${"ab".repeat(32)}` as const;
const PLACE = { sequence: 3, hash: HASH, stamp: 2n ** 63n };
const FEED: LogExportFeed = {
  feed: { node: 2n ** 60n, generation: 1_790_000_000_000 },
  base: PLACE,
  head: { ...PLACE, sequence: 8 },
  forkedAt: 9,
};
const HEADER: LogExportHeader = {
  chainId: 31_337,
  clusterRegistry: "0x00000000000000000000000000000000000000c1",
  nodeRegistry: "0x00000000000000000000000000000000000000b1",
  cluster: 2n ** 200n,
  exportedAtMs: 1_790_000_000_000,
  withKeys: true,
  feeds: [FEED],
};
const BYTES = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
const LINES: readonly LogExportLine[] = [
  { kind: "header", header: HEADER },
  { kind: "key", key: { feed: FEED.feed, epoch: 2, key: BYTES.slice(0, 32) } },
  { kind: "certificate", bytes: BYTES.slice(0, 1) },
  { kind: "fork", entries: [BYTES.slice(0, 2), BYTES.slice(0, 3)] },
  { kind: "kept", bytes: BYTES.slice(0, 0) },
  { kind: "entry", bytes: BYTES },
  { kind: "end", counts: { keys: 1, certificates: 2, forks: 3, kept: 4, entries: 5 } },
];

function codeOf(text: string): string {
  try {
    decodeLogExportLine(text);
  } catch (error) {
    if (error instanceof PleiadError) return error.code;
    throw error;
  }
  return "none";
}

describe("decodeLogExportLine", () => {
  it("gives back each kind of line that was encoded", () => {
    for (const line of LINES) {
      const text = encodeLogExportLine(line);
      expect(text.indexOf("\n"), line.kind).to.equal(text.length - 1);
      expect(decodeLogExportLine(text), line.kind).to.deep.equal(line);
    }
  });

  it("refuses a first line whose feeds cannot be", () => {
    const wrong: readonly (readonly LogExportFeed[])[] = [
      [FEED, FEED],
      [{ ...FEED, head: { ...PLACE, sequence: 2 } }],
      [{ ...FEED, forkedAt: 8 }],
    ];
    for (const feeds of wrong)
      expect(codeOf(encodeLogExportLine({ kind: "header", header: { ...HEADER, feeds } }))).to.equal(
        "LOG_EXPORT_MALFORMED",
      );
  });

  it("refuses base64 that is none, and keys of another length", () => {
    const short = { feed: FEED.feed, epoch: 1, key: new Uint8Array(31) };
    const texts = [
      '{"entry":"A"}',
      '{"entry":"AA AA==="}',
      '{"entry":"AAAA","kept":"AAAA"}',
      '{"fork":["AAAA"]}',
    ];
    for (const text of [...texts, encodeLogExportLine({ kind: "key", key: short })])
      expect(codeOf(text), text).to.equal("LOG_EXPORT_MALFORMED");
  });
});
