import type { Fault as ProxyFault } from "../../fixtures/faultProxy.ts";
import type { SimOperator } from "../operators.ts";
import type { Rng } from "../rng.ts";
import type { World } from "../world.ts";
import type { Fault, Lift } from "./fault.ts";

const WEATHER = "RPC down, slow, lagging, flapping";

/** What the endpoints of an operator do to each call while a fault lasts. */
type Behaviour = (call: { readonly method: string }) => ProxyFault | undefined;

/** How it misbehaves, from what was drawn; called once for each endpoint. */
type MakeBehaviour = (rng: Rng) => Behaviour;

interface RpcShape {
  readonly weight?: number;
  readonly row?: string;
  readonly lastsMs?: readonly [number, number];
  /** Its endpoints that misbehave: all, or the preferred one alone. @default drawn */
  readonly endpoints?: "all" | "first";
}

function rpcFault(name: string, shape: RpcShape, make: MakeBehaviour): Fault {
  const { weight = 3, row = WEATHER, lastsMs = [2_000, 8_000] as const } = shape;
  return {
    name,
    row,
    weight,
    lastsMs,
    begin: async (_world, { operator, rng }) => {
      const isAll = shape.endpoints === undefined ? rng.chance(0.5) : shape.endpoints === "all";
      return misbehave(operator, isAll, make, rng);
    },
  };
}

function misbehave({ endpoints }: SimOperator, isAll: boolean, make: MakeBehaviour, rng: Rng): Lift {
  const lifts = endpoints.slice(0, isAll ? undefined : 1).map(({ inject }, index) => {
    const own = make(rng.fork(String(index)));
    return inject((call) => own(call));
  });
  return () => {
    for (const lift of lifts) lift();
  };
}

export const rpcDown = rpcFault("rpcDown", { endpoints: "all" }, () => () => ({ kind: "drop" }));

export const rpcSlow = rpcFault("rpcSlow", {}, (rng) => () => ({
  kind: "delay",
  delayMs: rng.int(100, 2_500),
}));

export const rpcHang = rpcFault(
  "rpcHang",
  {},
  (rng) => () => (rng.chance(0.3) ? { kind: "hang" } : undefined),
);

export const rpcFlap = rpcFault("rpcFlap", {}, (rng) => {
  const periodMs = rng.int(100, 900);
  return () => (Math.floor(performance.now() / periodMs) % 2 === 0 ? { kind: "drop" } : undefined);
});

/** It answered once what the newest block is, and says the same ever after. */
export const rpcLag = rpcFault("rpcLag", {}, () => {
  let newest: unknown;
  return (call) => {
    const { method, params = [] } = call as { readonly method: string; readonly params?: readonly unknown[] };
    if (method !== "eth_getBlockByNumber" || params[0] !== "latest") return undefined;
    return {
      kind: "lie",
      lie: (result) => {
        newest ??= result;
        return newest;
      },
    };
  };
});

/** Calls land, and their answers are lost. */
export const rpcLostAnswer = rpcFault(
  "rpcLostAnswer",
  {},
  (rng) =>
    ({ method }) =>
      method === "eth_sendRawTransaction" || rng.chance(0.2) ? { kind: "dropAnswer" } : undefined,
);

export const rpcGarbage = rpcFault(
  "rpcGarbage",
  { row: "RPC lying" },
  (rng) => () =>
    rng.chance(0.5)
      ? {
          kind: "garbage",
          body: rng.pick(["<html>", "{}", '{"jsonrpc":"2.0","id":1,"result":"0xzz"}', "[]"]),
        }
      : undefined,
);

export const rpcLimit = rpcFault("rpcLimit", { row: "RPC limits" }, (rng) => ({ method }) => {
  if (method === "eth_getLogs" && rng.chance(0.3)) {
    return { kind: "error", code: -32_005, message: "query returned more than 10000 results" };
  }
  return rng.chance(0.4)
    ? { kind: "status", status: 429, headers: { "retry-after": "1" }, body: "slow down" }
    : undefined;
});

/** Each event comes twice. */
export const duplicateEvents = rpcFault(
  "duplicateEvents",
  { row: "duplicate events", endpoints: "all", lastsMs: [3_000, 10_000] },
  () =>
    ({ method }) =>
      method === "eth_getLogs"
        ? { kind: "lie", lie: (logs) => (Array.isArray(logs) ? logs.flatMap((log) => [log, log]) : logs) }
        : undefined,
);

/** No daemon hears anything of the chain for long. */
export const rpcBlackout: Fault = {
  name: "rpcBlackout",
  row: WEATHER,
  weight: 2,
  lastsMs: [10_000, 30_000],
  perRoundMax: 1,
  async begin(world: World, { rng, lastsMs }) {
    world.count("blackouts");
    world.count("seconds of blackout", Math.round(lastsMs / 1_000));
    const lifts = world.operators.map((operator) =>
      misbehave(operator, true, () => () => ({ kind: "drop" }), rng),
    );
    return () => {
      for (const lift of lifts) void lift();
    };
  },
};
