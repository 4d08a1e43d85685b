import { type Address, zeroAddress } from "viem";
import { sdkError } from "../errors/sdkError.ts";
import type { Blueprint } from "./blueprint.ts";
import { countTokens } from "./countTokens.ts";

/** The currency of the models' prices, which is the version's. */
export interface FeeCurrency {
  /** Zero is the chain's own. */
  readonly address: Address;
  /** Digits behind the point. */
  readonly decimals: number;
}

/**
 * The blueprint with its fee in the smallest unit of the version's currency. In a token a fee is written in `token` or in `wei`,
 * its smallest unit; `gwei` and `ether` are of the chain's own currency alone.
 *
 * @throws PleiadError `BLUEPRINT_FEE_UNIT` for a unit of the other currency, parts of the smallest unit, or more than 96 bits.
 *
 * @example
 * resolveFee(parseBlueprint("…\nfee: 0.5 token\n…"), { address: token, decimals: 6 }).feeWei; // 500000n
 */
export function resolveFee<File extends Blueprint>(
  blueprint: File,
  { address, decimals }: FeeCurrency,
): File {
  const { feeWei, feeUnit, feeTokens } = blueprint;
  const isToken = address !== zeroAddress;
  const details = { currency: address, decimals, feeUnit };
  if (feeTokens === undefined) {
    if (!isToken || feeUnit === "wei" || feeWei === 0n) return blueprint;
    const message = `the fee is in ${feeUnit}, and the models are paid in the token ${address}`;
    throw sdkError("BLUEPRINT_FEE_UNIT", message, { details });
  }
  if (!isToken) {
    const message = `the fee is ${feeTokens} of a token, and the models are paid in the chain's own currency`;
    throw sdkError("BLUEPRINT_FEE_UNIT", message, { details });
  }
  const counted = countTokens(feeTokens, decimals);
  if (typeof counted === "bigint")
    return { ...blueprint, feeWei: counted, feeUnit: "wei", feeTokens: undefined };
  throw sdkError("BLUEPRINT_FEE_UNIT", `the fee is ${feeTokens} of ${address}, which ${counted}`, {
    details,
  });
}
