const BPS_PER_PERCENT = 100;

/** A share in hundredths of a percent as people read it. */
export function shareText(bps: number): string {
  return `${Number((bps / BPS_PER_PERCENT).toFixed(2))} %`;
}
