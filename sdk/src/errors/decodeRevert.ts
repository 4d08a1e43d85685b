import { decodeErrorResult, type Hex } from "viem";
import { errorsAbi } from "../abi/errors.ts";
import type { PleiadError } from "./base.ts";
import { contractError } from "./contractError.ts";
import { sdkError } from "./sdkError.ts";

/** What ERC-8004's reference reverts with; `AgentRegistry` says the same words. */
const NOT_AUTHORIZED = "Not authorized";

/**
 * The typed error for what a call reverted with.
 *
 * @param data The revert's bytes, as `eth_call` or a trace gives them.
 * @param cause What carried them.
 * @returns A `ContractError` for a custom error of the contracts; else `AGENT_NOT_AUTHORIZED` or `CONTRACT_REVERTED`.
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
    if (reason === NOT_AUTHORIZED) {
      return sdkError("AGENT_NOT_AUTHORIZED", "the agent does not belong to the caller", { cause });
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
