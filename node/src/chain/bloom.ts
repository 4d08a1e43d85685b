import { type Hex, hexToBytes, keccak256 } from "viem";
import { createRemembered } from "./remembered.ts";

/** Bits of a logs bloom, a power of two (yellow paper, 4.3.1). */
const BLOOM_BITS = 2_048;
/** Each item sets the bits that its hash's first three pairs of bytes name. */
const BITS_PER_ITEM = 3;

/** Where in a bloom an item's bits are: character in its hex text, and mask of that character's digit. */
type BloomBits = readonly (readonly [character: number, mask: number])[];

/** The contracts' addresses and topics are some hundred; ids as topics come and go. */
const ITEMS_CACHED_MAX = 1_024;
/** Addresses and topics come again with every block. */
const bitsOfItems = createRemembered<BloomBits>({ entriesMax: ITEMS_CACHED_MAX });

/**
 * Whether a block whose header holds `bloom` may contain a log with `item`. False is certain; true may be by chance.
 *
 * @param bloom 256 bytes, as `logsBloom` of a header.
 * @param item An address or a topic.
 */
export function bloomMayContain(bloom: Hex, item: Hex): boolean {
  return bitsOf(item).every(
    ([character, mask]) => (Number.parseInt(bloom.charAt(character), 16) & mask) !== 0,
  );
}

function bitsOf(item: Hex): BloomBits {
  return bitsOfItems.of(item, () => hashedBits(item));
}

function hashedBits(item: Hex): BloomBits {
  const hash = hexToBytes(keccak256(item));
  return Array.from({ length: BITS_PER_ITEM }, (_, index) => {
    const pair = ((hash[2 * index] ?? 0) << 8) | (hash[2 * index + 1] ?? 0);
    const bit = pair % BLOOM_BITS;
    // Bit 0 is the lowest bit of the last digit; "0x" stands before the first one.
    return [2 + (BLOOM_BITS - 1 - bit - ((BLOOM_BITS - 1 - bit) % 4)) / 4, 1 << (bit % 4)] as const;
  });
}
