import { join } from "node:path";
import { getBlock } from "viem/actions";
import { setAside } from "../../../node/src/store/setAside.ts";
import { readWatermark, WATERMARK_FILE } from "../../../node/src/store/watermark.ts";
import { testClientOf } from "../../fixtures/chain.ts";
import { until } from "../../fixtures/until.ts";
import type { SimOperator } from "../operators.ts";
import { waitForAgreement } from "../oracle/agreement.ts";
import type { World } from "../world.ts";
import type { Fault } from "./fault.ts";
import { reorgChain } from "./reorgChain.ts";

/** Deeper than what a daemon takes for final on a local chain, and above all registrations. Blocks. */
const DEPTH = 10;
const CODE = "FOLLOWER_REORG_TOO_DEEP";
const NOTICED_MS_MAX = 45_000;
/** For what runs to end, and for as many blocks as are replaced to come after it, on a busy machine. */
const QUIET_MS_MAX = 120_000;
/** Longer than a daemon that begins anew signs nothing for what is created, on a busy machine. */
const BARRED_MS_MAX = 60_000;

/**
 * More is replaced than the policy takes for possible: every daemon has to stop and say so; its operator makes it rebuild, and it agrees
 * with the chain again. No request and no answer stands in the blocks that are replaced, and nothing is asked for until the daemons sign
 * for what is created: they all begin anew, and answer nothing anew of what ran before, nor what is created in the seconds after. Of an
 * answer that stood on the chain alone they keep the digest; asked again, an agent may say something else, which they refuse to sign.
 */
export const deepReorg: Fault = {
  name: "deepReorg",
  row: "reorg beyond finality",
  weight: 1,
  lastsMs: [0, 0],
  perRoundMax: 1,
  async begin(world) {
    // There shall be something to rebuild from, and something that has to stay.
    await world.workload.request("before a reorganisation beyond finality");
    const resume = world.workload.pause();
    await until("nothing happened in the blocks to be replaced", () => isQuiet(world), {
      timeoutMs: QUIET_MS_MAX,
    });
    await reorgChain(world, DEPTH);
    world.count("reorgs beyond finality");
    world.expectedEnds.set(CODE, (world.expectedEnds.get(CODE) ?? 0) + world.operators.length);
    return async () => {
      await Promise.all(world.operators.map((operator) => stopAndRebuild(world, operator)));
      const { isReached, lacking } = await waitForAgreement(world);
      if (!isReached) world.report(`no agreement after a rebuild: ${lacking.join("; ")}`);
      await until("the daemons sign for what is created", () => isUnbarred(world), {
        timeoutMs: BARRED_MS_MAX,
      });
      resume();
      await world.workload.request("after a rebuild");
    };
  },
};

/** Whether all that was asked for is over, and stands below the blocks that are to be replaced. */
async function isQuiet({ chain, workload }: World): Promise<boolean> {
  if ((await workload.standing()) < workload.asked() || (await workload.running()).length > 0) return false;
  const { number } = await getBlock(testClientOf(chain));
  return number - (await workload.newest()) > BigInt(DEPTH);
}

/** Whether what is created from now on is of after the gap in each daemon's memory, by its own mark. */
async function isUnbarred({ chain, operators }: World): Promise<boolean> {
  const { timestamp } = await getBlock(testClientOf(chain));
  const marks = await Promise.all(
    operators.map(({ daemon }) => readWatermark(join(daemon.folder, WATERMARK_FILE))),
  );
  return marks.every((mark) => mark?.isSealed === true && mark.createdThroughSeconds <= timestamp);
}

async function stopAndRebuild(world: World, operator: SimOperator): Promise<void> {
  const { daemon, node } = operator;
  await until(`node ${node} stops at a reorganisation beyond finality`, () => daemon.pid() === undefined, {
    timeoutMs: NOTICED_MS_MAX,
  });
  const last = daemon.ends.at(-1);
  if (last?.code !== CODE) throw new Error(`node ${node} ended with ${last?.code}, not with ${CODE}`);
  await daemon.hold();
  await setAside(daemon.folder);
  daemon.release();
  world.recovers(operator);
}
