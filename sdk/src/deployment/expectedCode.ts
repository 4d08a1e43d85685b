import { type Address, type Hex, size } from "viem";
import { call, getCode } from "viem/actions";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import { rpc } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";

/** A contract at the address where it should be. */
export interface PlacedContract {
  readonly name: string;
  readonly address: Address;
  readonly initCode: Hex;
}

/** What is at a contract's address: nothing, the contract, or something else. */
export type CodeState = "missing" | "deployed" | "foreign";

/**
 * Compares the code at a contract's address with the code that its constructor returns there, immutables included.
 *
 * @throws PleiadError `CODE_UNCHECKED` where there is code, and the endpoint cannot run the constructor.
 */
export async function codeState(client: ReadClient, contract: PlacedContract): Promise<CodeState> {
  const code = await rpc(() => getCode(client, { address: contract.address }));
  if (code === undefined || code === "0x") return "missing";
  return code.toLowerCase() === (await expectedCode(client, contract)) ? "deployed" : "foreign";
}

/**
 * The code that a contract must have: its creation code is run at the contract's own address, by a call that puts
 * it there for its own time. So whatever the constructor makes of address, chain id and arguments is as on chain.
 */
async function expectedCode(client: ReadClient, contract: PlacedContract): Promise<Hex> {
  const { name, address, initCode } = contract;
  const unchecked = (cause?: unknown): PleiadError =>
    sdkError("CODE_UNCHECKED", `the endpoint cannot run the constructor of ${name} at ${address}`, {
      details: { name, address },
      cause,
    });
  const run = { to: address, stateOverride: [{ address, code: initCode }] };
  try {
    const { data } = await rpc(() => call(client, run));
    if (data !== undefined && size(data) > 0) return data.toLowerCase() as Hex;
  } catch (error) {
    if (!(error instanceof PleiadError) || error.retryable) throw error;
    throw unchecked(error);
  }
  throw unchecked();
}
