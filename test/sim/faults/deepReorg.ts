import { setAside } from "../../../node/src/store/setAside.ts";
import { until } from "../../fixtures/until.ts";
import type { SimOperator } from "../operators.ts";
import type { Fault } from "./fault.ts";
import { reorgChain } from "./reorgChain.ts";

/** Deeper than what a daemon takes for final on a local chain, and above all registrations. Blocks. */
const DEPTH = 10;
const CODE = "FOLLOWER_REORG_TOO_DEEP";
const NOTICED_MS_MAX = 45_000;

/** More is replaced than the policy takes for possible: every daemon has to stop and say so; its operator makes it rebuild. */
export const deepReorg: Fault = {
  name: "deepReorg",
  row: "reorg beyond finality",
  weight: 1,
  lastsMs: [0, 0],
  perRoundMax: 1,
  async begin(world) {
    await reorgChain(world, DEPTH);
    world.count("reorgs beyond finality");
    world.expectedEnds.set(CODE, (world.expectedEnds.get(CODE) ?? 0) + world.operators.length);
    return async () => {
      await Promise.all(world.operators.map(stopAndRebuild));
    };
  },
};

async function stopAndRebuild({ daemon, node }: SimOperator): Promise<void> {
  await until(`node ${node} stops at a reorganisation beyond finality`, () => daemon.pid() === undefined, {
    timeoutMs: NOTICED_MS_MAX,
  });
  const last = daemon.ends.at(-1);
  if (last?.code !== CODE) throw new Error(`node ${node} ended with ${last?.code}, not with ${CODE}`);
  await daemon.hold();
  await setAside(daemon.folder);
  daemon.release();
}
