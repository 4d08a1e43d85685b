/** What a completion of several costs at most, besides its output: the dearest in `docs/contracts`, and some room. Gas. */
const ITEM_GAS = 62_000;
/** A byte of an output: as calldata at the floor price (EIP-7623), and in the log. Gas. */
const OUTPUT_BYTE_GAS = 48;
/** Most gas of one transaction, by our own estimate: half of what EIP-7825 allows, so that the limit put on top fits. */
export const SETTLEMENT_GAS_MAX = 8_388_608;

/** The most that completions with outputs of so many bytes cost together, roughly. Gas. */
export function gasOf(items: number, outputBytes: number): number {
  return items * ITEM_GAS + outputBytes * OUTPUT_BYTE_GAS;
}
