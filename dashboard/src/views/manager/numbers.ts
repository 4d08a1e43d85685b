const ETHER_DECIMALS = 18;

/** An amount in ether, as somebody types it, in wei; undefined where it is none. */
export function weiOf(ether: string): string | undefined {
  const [, whole, fraction = ""] = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(ether.trim()) ?? [];
  if (whole === undefined) return undefined;
  return String(BigInt(whole + fraction.padEnd(ETHER_DECIMALS, "0")));
}

/** A whole number, as somebody types it; undefined where it is none. */
export function numberOf(text: string): number | undefined {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : undefined;
}
