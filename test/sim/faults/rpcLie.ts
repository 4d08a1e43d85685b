import type { FaultRule } from "../../fixtures/faultProxy.ts";
import type { Fault } from "./fault.ts";

type Answer = Readonly<Record<string, unknown>>;
const OTHER_HASH = `0x${"ab".repeat(32)}`;
const OTHER_ADDRESS = `0x${"cd".repeat(20)}`;

/** Changes an object of an answer; anything else is left. */
const changing = (changed: Answer) => (result: unknown) =>
  typeof result === "object" && result !== null ? { ...result, ...changed } : result;

const lying =
  (method: string, lie: (result: unknown) => unknown): FaultRule =>
  (call) =>
    call.method === method ? { kind: "lie", lie } : undefined;

const changingLogs = (change: (logs: readonly unknown[]) => readonly unknown[]) =>
  lying("eth_getLogs", (logs) => (Array.isArray(logs) ? change(logs) : logs));

/** Lies about what the daemon reads. Each contradicts something else that it knows. */
const LIES: Readonly<Record<string, FaultRule>> = {
  "another parent": lying("eth_getBlockByNumber", changing({ parentHash: OTHER_HASH })),
  "another block": lying("eth_getBlockByHash", changing({ hash: OTHER_HASH })),
  "no logs": changingLogs(() => []),
  "logs of another block": changingLogs((logs) => logs.map(changing({ blockHash: OTHER_HASH }))),
  "logs of another contract": changingLogs((logs) => logs.map(changing({ address: OTHER_ADDRESS }))),
  "no receipts": lying("eth_getTransactionReceipt", () => null),
  "receipts of another block": lying("eth_getTransactionReceipt", changing({ blockHash: OTHER_HASH })),
  "another hash of what was sent": lying("eth_sendRawTransaction", () => OTHER_HASH),
  "no block at all": lying("eth_getBlockByNumber", () => null),
};

/** The preferred endpoint lies. */
export const rpcLie: Fault = {
  name: "rpcLie",
  row: "RPC lying",
  weight: 4,
  lastsMs: [2_000, 8_000],
  async begin(world, { operator, rng }) {
    const name = rng.pick(Object.keys(LIES));
    world.count(`lies: ${name}`);
    return operator.endpoints[0]?.inject(LIES[name] as FaultRule) ?? (() => undefined);
  },
};
