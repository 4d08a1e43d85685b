/**
 * What the nearest operation of other systems costs, for the reader of `npm run bench:gas`. Whole transactions on a local
 * chain under Prague rules, each project's contracts compiled with its own settings; measured once, in 2026. They do not do
 * quite the same: what differs is said.
 */
export interface Comparison {
  /** The least that the EVM asks for what the operation keeps: packed slots, a counter, an event. */
  readonly floorGas: number;
  /** Name of the system, with what differs, and its gas. */
  readonly peers: readonly (readonly [name: string, gas: number])[];
}

const REQUEST: Comparison = {
  floorGas: 53_227,
  peers: [
    ["ERC-8004 validation request", 175_955],
    ["Chainlink Functions", 177_076],
    ["ORA, one trusted server, no escrow", 178_595],
    ["Infernet, paid", 196_394],
    ["Olas mech through a Safe, at least", 298_000],
    ["ERC-8183", 373_540],
    ["Virtuals ACP v1", 812_646],
  ],
};

const DELIVER: Comparison = {
  floorGas: 35_106,
  peers: [
    ["ORA, one trusted server, no credit", 54_159],
    ["ERC-8004 validation response", 129_494],
    ["ERC-8183", 131_753],
    ["Infernet, paid", 139_439],
    ["Chainlink Functions, 3 of 4 signatures", 167_332],
    ["Olas mech through a Safe, at least", 191_000],
    ["Virtuals ACP v1", 306_830],
  ],
};

const DELIVER_1KIB: Comparison = {
  floorGas: 63_170,
  peers: [
    ["Infernet, paid", 119_883],
    ["ORA", 166_897],
    ["ERC-8183", 167_921],
    ["Chainlink Functions", 176_833],
    ["Olas", 228_105],
    ["Virtuals ACP v1", 331_016],
  ],
};

const BATCH: Comparison = {
  floorGas: 11_000,
  peers: [
    ["Olas", 56_000],
    ["Chainlink", 59_000],
  ],
};

/**
 * What the EVM asks for a quorum of three in the middle of a run before any of our code has run: all that the rules read, write
 * and tell, and the calldata in the shape that every other item has. Whatever the scenario uses above it is computation.
 */
const QUORUM_FLOOR_GAS = [
  21_000, // the transaction
  11_128, // 1,444 bytes of calldata, 998 of them zero
  12 * 2_100, // first reads: execution (2), keys (3), standings (3), the model's list, credits (3)
  22_100, // the output's digest, a slot that was empty
  4 * 2_900, // changed slots: execution, credits of three nodes in two slots, credit of the model
  3 * 3_100, // three signatures
  3_548 + 2 * 2_012 + 1_381, // events: accepted, seconded twice, ready
  2 * 2_600, // first calls of two registries
  2_600 + 191 + 100, // the version's code: first touch, copy, hash
].reduce((sum, part) => sum + part, 0);

/** By the name of the scenario. */
export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "node.register": { floorGas: 50_966, peers: [["Infernet, a wallet", 752_538]] },
  "agent.register": {
    floorGas: 50_966,
    peers: [["ERC-8004 reference, a 53-byte URI, without a model", 160_752]],
  },
  "cluster.build": {
    floorGas: 4 * 50_966,
    peers: [["Olas, a service of 4 agents in 4 transactions, without tasks", 1_099_253]],
  },
  "execute.digest": REQUEST,
  "submit.direct": DELIVER,
  "submit.direct.1KiB": DELIVER_1KIB,
  "submit.batch10.each": BATCH,
  "submit.batch10.apart.each": BATCH,
  "submit.quorum3": {
    floorGas: QUORUM_FLOOR_GAS,
    peers: [
      ["Chainlink Functions", 167_000],
      ["Olas, a Safe of 3", 217_000],
      ["Infernet, 3 transactions, outputs not compared", 246_000],
      ["Cartesi", 291_000],
    ],
  },
  "run.three": {
    floorGas: 53_227 + 35_106,
    peers: [["Olas, one task, signed off chain, one transaction for both", 309_459]],
  },
};
