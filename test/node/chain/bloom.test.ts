import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToHex, type Hex, hexToBytes, keccak256, stringToBytes } from "viem";
import { bloomMayContain } from "../../../node/src/chain/bloom.ts";

/** Sets an item's bits, written from the definition and not from the code under test. */
function withItem(bloom: Hex, item: Hex): Hex {
  const bytes = hexToBytes(bloom);
  const hash = hexToBytes(keccak256(item));
  for (const pair of [0, 2, 4]) {
    const bit = (((hash[pair] as number) << 8) + (hash[pair + 1] as number)) & 2_047;
    bytes[255 - (bit >> 3)] = (bytes[255 - (bit >> 3)] as number) | (1 << (bit & 7));
  }
  return bytesToHex(bytes);
}

const EMPTY: Hex = `0x${"00".repeat(256)}`;
const item = (index: number): Hex => keccak256(stringToBytes(`item ${index}`));

describe("bloomMayContain", () => {
  it("finds each of many items that were put in", () => {
    const items = Array.from({ length: 200 }, (_, index) => item(index));
    const bloom = items.reduce(withItem, EMPTY);
    for (const there of items) expect(bloomMayContain(bloom, there), there).to.equal(true);
  });

  it("knows that an item is missing from a bloom without its bits", () => {
    const bloom = [0, 1, 2].map(item).reduce(withItem, EMPTY);
    const found = Array.from({ length: 500 }, (_, index) => bloomMayContain(bloom, item(index + 3)));
    expect(found.filter(Boolean)).to.have.length(0);
    expect(bloomMayContain(EMPTY, item(0))).to.equal(false);
  });
});
