import type { Network } from "../../node/src/network/types.ts";
import { createRandom } from "./random.ts";
import { createSetting, round, until } from "./setting.ts";

export interface ManyFigures {
  readonly networks: number;
  readonly connections: number;
  /** From the start of the first to the moment at which the last one listens. */
  readonly startMs: number;
  /** From the start of the last one until each sees all others up. */
  readonly completeMs: number;
}

/** Each dials so many of those before it, drawn by lot: nobody finds peers by itself here. */
const DIALS = 3;
const TIMEOUT_MS = 60_000;

/** Many networks in this process, and how long it takes until all know of all. */
export async function measureMany(count: number, seed: number): Promise<ManyFigures> {
  const random = createRandom(seed);
  const setting = await createSetting();
  try {
    const networks: Network[] = [];
    const startedMs = performance.now();
    for (let index = 0; index < count; index++) {
      const before = [...networks].sort(() => random() - 0.5).slice(0, DIALS);
      const bootstrap = before.flatMap((network) => network.multiaddrs().slice(0, 1));
      networks.push(await setting.open(BigInt(index + 1), { bootstrap }));
    }
    const listeningMs = performance.now();
    await until("each sees all others", TIMEOUT_MS, () =>
      networks.every(({ presence }) => presence.list().length === count - 1),
    );
    return {
      networks: count,
      connections: networks.reduce((sum, network) => sum + network.peers().length, 0) / 2,
      startMs: round(listeningMs - startedMs),
      completeMs: round(performance.now() - listeningMs),
    };
  } finally {
    await setting.stop();
  }
}
