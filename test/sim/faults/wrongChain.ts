import { until } from "../../fixtures/until.ts";
import type { Fault } from "./fault.ts";

const NOTICED_MS_MAX = 30_000;

/** Code of the refusal, by what the endpoints answer instead. */
const WRONG = [
  { method: "eth_chainId", result: "0x1", code: "CHAIN_ID_MISMATCH" },
  { method: "eth_getCode", result: "0x", code: "CONTRACT_MISSING" },
] as const;

/** The daemon starts again in front of another chain: it has to refuse. */
export const wrongChain: Fault = {
  name: "wrongChain",
  row: "wrong chain, no code, bad config",
  weight: 1,
  lastsMs: [0, 0],
  perRoundMax: 1,
  async begin(world, { operator, rng }) {
    const { daemon, endpoints } = operator;
    const { method, result, code } = rng.pick(WRONG);
    await daemon.hold();
    const lifts = endpoints.map(({ inject }) =>
      inject((call) => (call.method === method ? { kind: "answer", result } : undefined)),
    );
    const before = daemon.ends.length;
    world.expectedEnds.set(code, (world.expectedEnds.get(code) ?? 0) + 1);
    daemon.release();
    return async () => {
      await until(
        `node ${operator.node} refuses with ${code}`,
        () => daemon.ends.slice(before).some((end) => end.code === code),
        { timeoutMs: NOTICED_MS_MAX },
      );
      for (const lift of lifts) lift();
      world.count("wrong chains refused");
      await daemon.hold();
      daemon.release();
    };
  },
};
