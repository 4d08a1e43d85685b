/** A time as the contract takes it, which has 0 for no end. ABI type uint40, which viem takes as a number. */
export function expirySeconds(expiresAt: bigint | undefined): number {
  return expiresAt === undefined ? 0 : Number(expiresAt);
}

/** The same backwards. */
export function expiryOf(seconds: number): bigint | undefined {
  return seconds === 0 ? undefined : BigInt(seconds);
}
