import { setTimeout as sleep } from "node:timers/promises";
import { type Hex, keccak256 } from "viem";
import type { Fault } from "./fault.ts";

const LOOK_MS = 100;
/** Of the transactions seen, so many are dropped. */
const DROPPED_SHARE = 0.5;

interface Pool {
  readonly pending: Readonly<Record<string, Readonly<Record<string, { readonly hash: Hex }>>>>;
}

/** Transactions vanish: an endpoint says that it took one and keeps it to itself, or the pool forgets one. */
export const droppedTransaction: Fault = {
  name: "droppedTransaction",
  row: "nonce gap, stuck or replaced transaction",
  weight: 4,
  lastsMs: [2_000, 6_000],
  async begin(world, { operator, rng }) {
    const lifts = operator.endpoints.map(({ inject }) =>
      inject(({ method, params }) => {
        if (method !== "eth_sendRawTransaction" || !rng.chance(DROPPED_SHARE)) return undefined;
        world.count("transactions swallowed");
        return { kind: "answer", result: keccak256(params[0] as Hex) };
      }),
    );
    let isOver = false;
    const dropping = (async () => {
      while (!isOver) {
        const { pending } = await world.ask<Pool>("txpool_content");
        for (const { hash } of Object.values(pending).flatMap((byNonce) => Object.values(byNonce))) {
          if (!rng.chance(DROPPED_SHARE)) continue;
          await world.ask("anvil_dropTransaction", [hash]);
          world.count("transactions dropped from the pool");
        }
        await sleep(LOOK_MS);
      }
    })();
    return async () => {
      isOver = true;
      for (const lift of lifts) lift();
      await dropping;
    };
  },
};
