import { decodeErrorResult, type Hex } from "viem";
import { errorsAbi } from "../abi/errors.ts";
import type { PleiadError } from "./base.ts";
import { contractError } from "./contractError.ts";
import { sdkError } from "./sdkError.ts";
import { ERC8004_ERRORS, ERC8004_WORDS } from "./tables/erc8004.ts";

/**
 * The typed error for what a call reverted with.
 *
 * @param data The revert's bytes, as `eth_call` or a trace gives them.
 * @param cause What carried them.
 * @returns A `ContractError` for a custom error of the contracts; the code of ERC-8004's words; else `CONTRACT_REVERTED`.
 */
export function decodeRevert(data: Hex, cause?: unknown): PleiadError {
  const decoded = decodedError(data);
  if (decoded === undefined) {
    const what = data === "0x" ? "without a reason" : `with ${data.slice(0, 10)}`;
    return sdkError("CONTRACT_REVERTED", `the call reverted ${what}`, { details: { data }, cause });
  }
  const { errorName, args = [] } = decoded;
  if (errorName === "Error") {
    const [reason] = args;
    const code = typeof reason === "string" ? ERC8004_WORDS[reason] : undefined;
    if (code !== undefined) {
      const message = `${ERC8004_ERRORS[code].title} ("${String(reason)}")`;
      return sdkError(code, message, { details: { reason }, cause });
    }
    return sdkError("CONTRACT_REVERTED", `the call reverted: ${String(reason)}`, {
      details: { reason },
      cause,
    });
  }
  if (errorName === "Panic") {
    return sdkError("CONTRACT_REVERTED", `the call panicked with ${String(args[0])}`, {
      details: { data },
      cause,
    });
  }
  return contractError(errorName, args, cause);
}

function decodedError(data: Hex): { errorName: string; args?: readonly unknown[] | undefined } | undefined {
  try {
    return decodeErrorResult({ abi: errorsAbi, data });
  } catch {
    return undefined;
  }
}
