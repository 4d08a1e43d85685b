import { parseEther, parseGwei, toHex } from "viem";
import { FEE_GWEI_MAX } from "../operatorFolder.ts";
import { ACCOUNTS } from "../registry.ts";
import type { World } from "../world.ts";
import type { Fault, Lift } from "./fault.ts";

/** More often than blocks come. Milliseconds. */
const HOLD_MS = 300;
const CALM_GWEI = "1";
const FULL_WALLET = toHex(parseEther("1000"));

/** Gas costs more than the daemons may pay. */
export const feeSpike: Fault = {
  name: "feeSpike",
  row: "fee spike, empty wallet",
  weight: 3,
  lastsMs: [3_000, 8_000],
  perRoundMax: 1,
  begin: async (world) => holdBaseFee(world, String(FEE_GWEI_MAX * 4)),
};

/** The account that pays for gas is empty, and is filled again. */
export const emptyWallet: Fault = {
  name: "emptyWallet",
  row: "fee spike, empty wallet",
  weight: 2,
  lastsMs: [2_000, 8_000],
  async begin(world, { operator }) {
    const { address } = ACCOUNTS.nodeKey(operator.index);
    await world.ask("anvil_setBalance", [address, "0x1"]);
    return () => world.ask("anvil_setBalance", [address, FULL_WALLET]);
  },
};

async function holdBaseFee(world: World, gwei: string): Promise<Lift> {
  const set = (to: string) => world.ask("anvil_setNextBlockBaseFeePerGas", [toHex(parseGwei(to))]);
  await set(gwei);
  let holding: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    holding = set(gwei);
  }, HOLD_MS);
  return async () => {
    clearInterval(timer);
    await holding;
    await set(CALM_GWEI);
  };
}
