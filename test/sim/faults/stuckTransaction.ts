import {
  type Hex,
  hexToNumber,
  keccak256,
  numberToHex,
  parseTransaction,
  type TransactionSerialized,
} from "viem";
import { RAISES_MAX } from "../../../node/src/chain/submitterTypes.ts";
import type { FaultRule } from "../../fixtures/faultProxy.ts";
import type { SimOperator } from "../operators.ts";
import { ACCOUNTS } from "../registry.ts";
import type { World } from "../world.ts";
import type { Fault } from "./fault.ts";

/** By nonce of one account: hashes of what was sent with different bytes, and whether it was cancelled. */
type Held = Map<number, { readonly hashes: Set<Hex>; isCancelled: boolean }>;

/**
 * What the daemons send waits in the pool and is never mined, at all of them, or somebody else would settle, and the
 * first raise find it pointless. It lasts longer than three raises and the cancel after them take, and a cancel goes through.
 */
export const stuckTransaction: Fault = {
  name: "stuckTransaction",
  row: "nonce gap, stuck or replaced transaction",
  weight: 1,
  lastsMs: [24_000, 28_000],
  perRoundMax: 1,
  async begin(world, { rng }) {
    const held = world.operators.map((operator) => ({ operator, byNonce: new Map() as Held }));
    const lifts = held.flatMap(({ operator, byNonce }) =>
      operator.endpoints.map(({ inject }) => inject(holding(operator, byNonce))),
    );
    // There has to be something to settle.
    await world.workload.request(`what is stuck ${rng.int(0, 2 ** 30)}`);
    return () => {
      for (const lift of lifts) lift();
      for (const { operator, byNonce } of held) tell(world, operator, byNonce);
    };
  },
};

function holding({ index }: SimOperator, byNonce: Held): FaultRule {
  const own = ACCOUNTS.nodeKey(index).address.toLowerCase();
  return ({ method, params }) => {
    const [first] = params as readonly [Hex];
    if (method === "eth_getTransactionByHash") {
      const isHeld = [...byNonce.values()].some(({ hashes }) => hashes.has(first));
      return isHeld ? { kind: "answer", result: { hash: first } } : undefined;
    }
    if (method === "eth_getTransactionCount" && params[1] === "pending") {
      return { kind: "lie", lie: (count) => numberToHex(countWith(byNonce, hexToNumber(count as Hex))) };
    }
    if (method !== "eth_sendRawTransaction") return undefined;
    const { to, nonce = 0 } = parseTransaction(first as TransactionSerialized);
    const isCancel = to?.toLowerCase() === own;
    const known = byNonce.get(nonce);
    if (isCancel) {
      if (known !== undefined) known.isCancelled = true;
      return undefined;
    }
    const result = keccak256(first);
    if (known === undefined) byNonce.set(nonce, { hashes: new Set([result]), isCancelled: false });
    else known.hashes.add(result);
    return { kind: "answer", result };
  };
}

/** A pool counts what it holds: a daemon that has lost its journal goes by that, so as not to outbid itself. */
function countWith(byNonce: Held, count: number): number {
  return byNonce.has(count) ? countWith(byNonce, count + 1) : count;
}

function tell(world: World, { index, node }: SimOperator, byNonce: Held): void {
  for (const [nonce, { hashes, isCancelled }] of byNonce) {
    world.audit.vanished(ACCOUNTS.nodeKey(index).address, nonce);
    const raises = hashes.size - 1;
    world.count("transactions held in the pool");
    world.count("raises of what is held", raises);
    if (isCancelled && raises === RAISES_MAX) world.count("cancels after all raises");
    if (raises > RAISES_MAX) world.report(`node ${node} raised nonce ${nonce} ${raises} times`);
  }
}
