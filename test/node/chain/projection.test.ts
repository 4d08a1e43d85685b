import type { Role } from "@pleiad/sdk/types/states";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, type Hex, keccak256, stringToHex, toHex, zeroAddress, zeroHash } from "viem";
import { type BlockHeader, CURSOR_HEADERS_MAX } from "../../../node/src/chain/cursor.ts";
import type { ChainEvent } from "../../../node/src/chain/events.ts";
import { GRANTS_KEPT_MAX } from "../../../node/src/chain/fold.ts";
import { createProjection, type Projection } from "../../../node/src/chain/projection.ts";

/** Small, so that forgetting happens in every history. */
const ENDED_MAX = 3;

/** A generator of numbers that a seed decides (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const hash = (text: string): Hex => keccak256(stringToHex(text));
const account = (index: number): Address => `0x${index.toString(16).padStart(40, "a")}`;

interface Block {
  readonly header: BlockHeader;
  readonly events: readonly ChainEvent[];
}

/** What the generator knows about the things it has made, by their ids. */
interface Made {
  nodes: number;
  models: number;
  agents: number;
  clusters: number;
  executions: number;
}

type EventBody = ChainEvent extends infer Event
  ? Event extends ChainEvent
    ? Omit<Event, "transactionHash" | "logIndex">
    : never
  : never;

/** One event about a thing there is, or a new thing; what the contracts would forbid comes too, and does no harm. */
function randomEvent(random: (below: number) => number, made: Made): EventBody {
  const some = (count: number): bigint => BigInt(random(Math.max(count, 1)) + 1);
  const owner = account(random(5));
  const nodeRegistry = { contract: "nodeRegistry" } as const;
  const modelRegistry = { contract: "modelRegistry" } as const;
  const agentRegistry = { contract: "agentRegistry" } as const;
  const clusterRegistry = { contract: "clusterRegistry" } as const;
  const clusterExecutions = { contract: "clusterExecutions" } as const;
  const execution = some(made.executions);
  switch (random(25)) {
    case 22: {
      const args = { from: account(random(5)), to: owner, tokenId: some(made.agents) - 1n };
      return { ...agentRegistry, eventName: "Transfer", args };
    }
    case 23: {
      const args = {
        registry: account(0),
        token: some(made.agents) - 1n,
        grantee: account(100 + random(4)),
        gate: account(1),
        uses: random(3),
        expiresAt: 0,
        tenure: BigInt(random(2)),
        invitation: zeroHash,
      };
      return { contract: "permissionRegistry", eventName: "GrantSet", args };
    }
    case 24: {
      const token = some(made.agents) - 1n;
      const grantee = account(100 + random(4));
      const args = { registry: account(0), token, grantee, gate: account(1), usesLeft: random(2) };
      return { contract: "permissionRegistry", eventName: "GrantUsed", args };
    }
    case 20: {
      const args = { from: account(random(5)), to: owner, tokenId: some(made.clusters) };
      return { ...clusterRegistry, eventName: "Transfer", args };
    }
    case 21: {
      const token = some(made.clusters);
      const roles = random(4);
      const args = {
        registry: account(0),
        token,
        delegate: account(100 + random(8)),
        roles,
        expiresAt: 0,
        tenure: 0n,
      };
      return { contract: "permissionRegistry", eventName: "DelegateSet", args };
    }
    case 0: {
      const node = BigInt(++made.nodes);
      const args = {
        node,
        owner,
        key: account(100 + made.nodes),
        metadataDigest: hash("m"),
        metadataURI: "",
      };
      return { ...nodeRegistry, eventName: "NodeRegistered", args };
    }
    case 1: {
      const args = { node: some(made.nodes), previousKey: owner, key: account(200 + random(50)) };
      return { ...nodeRegistry, eventName: "NodeKeyRotated", args };
    }
    case 2:
      return { ...nodeRegistry, eventName: "NodeSuspended", args: { node: some(made.nodes) } };
    case 3: {
      const args = { from: account(1), to: owner, tokenId: some(made.nodes) };
      return { ...nodeRegistry, eventName: "Transfer", args };
    }
    case 4: {
      const terms = {
        currency: zeroAddress,
        priceWei: BigInt(random(9)),
        nodeShareBps: random(9),
        open: true,
      };
      const args = { model: BigInt(++made.models), owner, name: `model ${made.models}`, terms };
      return { ...modelRegistry, eventName: "ModelRegistered", args };
    }
    case 5: {
      const args = { model: some(made.models), node: some(made.nodes), place: BigInt(random(3)) };
      return { ...modelRegistry, eventName: "NodeJoinedModel", args };
    }
    case 6: {
      const args = { model: some(made.models), node: some(made.nodes), place: BigInt(random(3)) };
      return { ...modelRegistry, eventName: "NodeLeftModel", args };
    }
    case 7: {
      const terms = {
        currency: zeroAddress,
        priceWei: BigInt(random(9)),
        nodeShareBps: random(9),
        open: false,
      };
      return { ...modelRegistry, eventName: "ModelTermsSet", args: { model: some(made.models), terms } };
    }
    case 8: {
      const args = { agentId: BigInt(made.agents++), agentURI: "", owner };
      return { ...agentRegistry, eventName: "Registered", args };
    }
    case 9: {
      const args = { agentId: some(made.agents) - 1n, model: some(made.models) };
      return { ...agentRegistry, eventName: "AgentModelSet", args };
    }
    case 10: {
      const cluster = BigInt(++made.clusters);
      const args = { cluster, owner, slug: `slug-${cluster}`, name: "", description: "" };
      return { ...clusterRegistry, eventName: "ClusterCreated", args };
    }
    case 11: {
      const args = { cluster: some(made.clusters), agent: some(made.agents) - 1n, name: "agent" };
      return { ...clusterRegistry, eventName: "AgentAddedToCluster", args };
    }
    case 18: {
      const args = { cluster: some(made.clusters), agent: some(made.agents) - 1n };
      return { ...clusterRegistry, eventName: "AgentRemovedFromCluster", args };
    }
    case 19: {
      const args = { cluster: some(made.clusters), name: `name ${random(9)}`, description: "new" };
      return { ...clusterRegistry, eventName: "ClusterDescribed", args };
    }
    case 12: {
      const args = {
        cluster: some(made.clusters),
        version: BigInt(random(3)),
        digest: hash("v"),
        code: owner,
      };
      return { ...clusterRegistry, eventName: "VersionPublished", args };
    }
    case 13:
    case 14: {
      const args = {
        execution: BigInt(++made.executions),
        cluster: some(made.clusters),
        requester: owner,
        version: 1n,
        deadline: BigInt(random(10_000)),
        thread: hash("thread"),
        ownerMayAnswer: random(2) === 0,
        outputsByReference: random(2) === 0,
        inputDigest: hash("input"),
        input: random(2) === 0 ? "0x" : toHex("input"),
        inputURI: "",
      } as const;
      return { ...clusterExecutions, eventName: "ClusterExecutionCreated", args };
    }
    case 15: {
      const output = toHex(`output ${random(100)}`);
      const args = {
        execution,
        task: BigInt(random(4)),
        node: some(made.nodes),
        role: random(3),
        outputDigest: random(2) === 0 ? keccak256(output) : hash("elsewhere"),
        evidenceDigest: hash("evidence"),
        tipWei: 0n,
        output,
      };
      return { ...clusterExecutions, eventName: "CompletionAccepted", args };
    }
    case 16: {
      const args = { execution, cluster: 1n, version: 1n, responseDigest: hash("r"), runDigest: hash("run") };
      return { ...clusterExecutions, eventName: "ClusterResponse", args };
    }
    default: {
      const args = { execution, state: 5, refundWei: BigInt(random(9)), runDigest: hash("run") };
      return { ...clusterExecutions, eventName: "ClusterExecutionEnded", args };
    }
  }
}

/** A block after `parent` with some random events. */
function randomBlock(random: (below: number) => number, parent: BlockHeader, made: Made): Block {
  const number = parent.number + 1n;
  const header = {
    number,
    hash: hash(`${parent.hash} ${random(1_000_000)}`),
    parentHash: parent.hash,
    timestamp: parent.timestamp + BigInt(1 + random(20)),
  };
  const events = Array.from({ length: random(5) }, (_, logIndex) => {
    const body = randomEvent(random, made);
    return { ...body, transactionHash: hash(`${header.hash} ${logIndex}`), logIndex } as ChainEvent;
  });
  return { header, events };
}

const GENESIS: BlockHeader = {
  number: 0n,
  hash: hash("0"),
  parentHash: hash("-1"),
  timestamp: 1_700_000_000n,
};

function folded(blocks: readonly Block[]): Projection {
  const projection = createProjection({ endedExecutionsMax: ENDED_MAX });
  for (const { header, events } of blocks) projection.apply(header, events);
  return projection;
}

describe("projection", () => {
  it("is the fold of the canonical blocks, whatever was rolled back on the way (N5)", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomOf(seed);
      const projection = folded([]);
      let made: Made = { nodes: 0, models: 0, agents: 0, clusters: 0, executions: 0 };
      let canonical: (Block & { readonly made: Made })[] = [];
      for (let step = 0; step < 80; step += 1) {
        if (random(5) === 0 && canonical.length > 1) {
          const depth = 1 + random(Math.min(6, canonical.length - 1));
          canonical = canonical.slice(0, canonical.length - depth);
          const last = canonical.at(-1);
          made = { ...(last?.made as Made) };
          projection.rollback(last?.header as BlockHeader);
        } else {
          const block = randomBlock(random, canonical.at(-1)?.header ?? GENESIS, made);
          canonical.push({ ...block, made: { ...made } });
          projection.apply(block.header, block.events);
          // At least once: the same block again changes nothing.
          if (random(4) === 0) projection.apply(block.header, block.events);
        }
      }
      expect(projection.dump(), `seed ${seed}`).to.deep.equal(folded(canonical).dump());
    }
  });

  const created = (execution: bigint, input: Hex = "0x"): ChainEvent => ({
    contract: "clusterExecutions",
    eventName: "ClusterExecutionCreated",
    args: {
      execution,
      cluster: 7n,
      requester: account(1),
      version: 2n,
      deadline: 1_700_009_999n,
      thread: hash("thread"),
      ownerMayAnswer: true,
      outputsByReference: false,
      inputDigest: hash("input"),
      input,
      inputURI: input === "0x" ? "https://example.org/input" : "",
    },
    transactionHash: hash("created"),
    logIndex: 0,
  });
  const accepted = (
    execution: bigint,
    task: bigint,
    output: Hex,
    outputDigest: Hex,
    role = 0,
  ): ChainEvent => ({
    contract: "clusterExecutions",
    eventName: "CompletionAccepted",
    args: { execution, task, node: 3n, role, outputDigest, evidenceDigest: hash("e"), tipWei: 5n, output },
    transactionHash: hash("accepted"),
    logIndex: Number(task) + 1,
  });
  const responded = (execution: bigint): ChainEvent => ({
    contract: "clusterExecutions",
    eventName: "ClusterResponse",
    args: { execution, cluster: 7n, version: 2n, responseDigest: hash("response"), runDigest: hash("run") },
    transactionHash: hash("responded"),
    logIndex: 40,
  });

  function chainOf(...events: readonly (readonly ChainEvent[])[]): Block[] {
    let parent = GENESIS;
    return events.map((own) => {
      const number = parent.number + 1n;
      const timestamp = parent.timestamp + 10n;
      parent = { number, hash: hash(`block ${number}`), parentHash: parent.hash, timestamp };
      return { header: parent, events: own };
    });
  }

  it("keeps of an execution what its events say", () => {
    const output = toHex("an output");
    const projection = folded(
      chainOf(
        [created(1n, toHex("the input"))],
        [accepted(1n, 0n, output, keccak256(output))],
        [accepted(1n, 1n, toHex("https://example.org/output"), hash("out there"), 2)],
      ),
    );
    const running = projection.execution(1n);
    expect(running).to.deep.include({
      execution: 1n,
      cluster: 7n,
      version: 2n,
      requester: account(1),
      input: toHex("the input"),
      state: "Running",
      createdAt: 1_700_000_010n,
      readyAt: 1_700_000_030n,
      runDigest: null,
    });
    const roles: (Role | undefined)[] = [0, 1].map((task) => running?.completions.get(task)?.role);
    expect(roles).to.deep.equal(["Node", "ClusterOwner"]);
    expect(running?.completions.get(0)).to.deep.include({ output, outputURI: "", node: 3n, tipWei: 5n });
    const elsewhere = {
      output: null,
      outputURI: "https://example.org/output",
      outputDigest: hash("out there"),
    };
    expect(running?.completions.get(1)).to.deep.include(elsewhere);
    expect(projection.runningExecutions().map(({ execution }) => execution)).to.deep.equal([1n]);
    projection.apply(
      { number: 4n, hash: hash("block 4"), parentHash: hash("block 3"), timestamp: 1_700_000_040n },
      [responded(1n)],
    );
    expect(projection.execution(1n)).to.deep.include({
      state: "Succeeded",
      responseDigest: hash("response"),
      runDigest: hash("run"),
      readyAt: 1_700_000_030n,
    });
    expect(projection.execution(1n)?.endedIn?.blockNumber).to.equal(4n);
    expect(projection.runningExecutions()).to.deep.equal([]);
  });

  it("forgets a member that leaves, in both directions, and takes new words for old", () => {
    const owner = account(1);
    const event = (eventName: string, args: object, contract = "clusterRegistry") =>
      ({ contract, eventName, args, transactionHash: hash("t"), logIndex: 0 }) as unknown as ChainEvent;
    const projection = folded(
      chainOf(
        [
          event("Registered", { agentId: 0n, agentURI: "", owner }, "agentRegistry"),
          event("Registered", { agentId: 1n, agentURI: "", owner }, "agentRegistry"),
        ],
        [
          event("ClusterCreated", { cluster: 1n, owner, slug: "slug", name: "old", description: "old" }),
          event("AgentAddedToCluster", { cluster: 1n, agent: 0n, name: "zero" }),
          event("AgentAddedToCluster", { cluster: 1n, agent: 1n, name: "one" }),
        ],
        [
          event("AgentRemovedFromCluster", { cluster: 1n, agent: 0n }),
          event("ClusterDescribed", { cluster: 1n, name: "new", description: "" }),
        ],
      ),
    );
    expect(projection.cluster(1n)).to.deep.include({
      agents: [{ agent: 1n, name: "one" }],
      name: "new",
      description: "",
      slug: "slug",
    });
    expect(projection.agent(0n)?.cluster).to.equal(0n);
    expect(projection.agent(1n)?.cluster).to.equal(1n);
  });

  it("knows who may put an agent into a cluster: while uses are left, in time, at that contract, and of this owner alone", () => {
    const [owner, friend, registry, gate] = [account(1), account(2), account(3), account(4)];
    const event = (eventName: string, args: object, contract = "permissionRegistry") =>
      ({ contract, eventName, args, transactionHash: hash("t"), logIndex: 0 }) as unknown as ChainEvent;
    const grant = (change: object = {}) =>
      event("GrantSet", {
        registry,
        token: 0n,
        grantee: friend,
        gate,
        uses: 2,
        expiresAt: 2_000_000_000,
        tenure: 0n,
        ...change,
      });
    const used = (usesLeft: number) =>
      event("GrantUsed", { registry, token: 0n, grantee: friend, gate, usesLeft });
    const sold = event("Transfer", { from: owner, to: account(5), tokenId: 0n }, "agentRegistry");
    const at = { agentRegistry: registry, gate, seconds: 1_900_000_000n };
    const registered = event("Registered", { agentId: 0n, agentURI: "", owner }, "agentRegistry");
    const granteesAfter = (events: readonly ChainEvent[], change: object = {}) =>
      folded(chainOf([registered, ...events])).agentGrantees(0n, { ...at, ...change });
    expect(granteesAfter([]), "nobody").to.deep.equal([]);
    expect(granteesAfter([grant()]), "granted").to.deep.equal([friend]);
    expect(granteesAfter([grant()], { seconds: 2_000_000_001n }), "expired").to.deep.equal([]);
    expect(granteesAfter([grant({ expiresAt: 0 })], { seconds: 9_000_000_000n }), "for ever").to.deep.equal([
      friend,
    ]);
    expect(granteesAfter([grant()], { gate: account(6) }), "for another contract").to.deep.equal([]);
    expect(granteesAfter([grant()], { agentRegistry: account(6) }), "of another contract").to.deep.equal([]);
    expect(granteesAfter([grant(), used(1)]), "one use left").to.deep.equal([friend]);
    expect(granteesAfter([grant(), used(1), used(0)]), "used up").to.deep.equal([]);
    expect(granteesAfter([grant(), grant({ uses: 0 })]), "revoked").to.deep.equal([]);
    expect(granteesAfter([grant(), sold]), "of an earlier owner").to.deep.equal([]);
    expect(granteesAfter([sold, grant({ tenure: 1n })]), "of the new owner").to.deep.equal([friend]);
    const many = Array.from({ length: GRANTS_KEPT_MAX + 1 }, (_, index) =>
      grant({ grantee: account(100 + index) }),
    );
    expect(granteesAfter(many), "the newest").to.deep.equal(
      many.slice(1).map((_, index) => account(101 + index)),
    );
  });

  it("keeps who agreed, who reported a failure, and what was asked for as a callback until it is delivered", () => {
    const output = toHex("an output");
    const event = (eventName: string, args: object, logIndex: number) =>
      ({
        contract: "clusterExecutions",
        eventName,
        args,
        transactionHash: hash(eventName),
        logIndex,
      }) as ChainEvent;
    const callback = { consumer: account(8), callbackGas: 100_000n, callbackBudgetWei: 9n };
    const seconded = { task: 0n, evidenceDigest: hash("e") };
    const failed = { task: 1n, reasonDigest: hash("r"), reports: 1n, reportsMax: 2n };
    const blocks = chainOf(
      [created(1n), event("CallbackRequested", { execution: 1n, ...callback }, 1)],
      [
        accepted(1n, 0n, output, keccak256(output)),
        event("CompletionSeconded", { execution: 1n, node: 4n, ...seconded }, 5),
        event("CompletionSeconded", { execution: 1n, node: 5n, ...seconded }, 6),
      ],
      [
        event("FailureReported", { execution: 1n, node: 6n, ...failed }, 7),
        event("FailureReported", { execution: 1n, node: 7n, ...failed, reports: 2n }, 8),
        event(
          "ClusterExecutionEnded",
          { execution: 1n, state: 3, refundWei: 11n, runDigest: hash("run") },
          9,
        ),
      ],
      [event("CallbackDelivered", { execution: 1n, deliverer: account(9), success: true }, 10)],
    );
    expect(folded(blocks.slice(0, 2)).undelivered(), "it runs").to.deep.equal([]);
    const projection = folded(blocks.slice(0, 3));
    expect(projection.undelivered().map(({ execution }) => execution)).to.deep.equal([1n]);
    expect(projection.execution(1n)).to.deep.include({
      state: "Failed",
      refundWei: 11n,
      seconds: new Map([[0, [4n, 5n]]]),
      failures: new Map([[1, [6n, 7n]]]),
      callback: { consumer: account(8), gas: 100_000, budgetWei: 9n },
    });
    const [, , third, last] = blocks as [Block, Block, Block, Block];
    projection.apply(last.header, last.events);
    expect(projection.execution(1n)?.callback).to.equal(null);
    expect(projection.undelivered()).to.deep.equal([]);
    projection.rollback(third.header);
    expect(projection.execution(1n)?.callback?.gas).to.equal(100_000);
    expect(projection.undelivered()).to.have.length(1);
  });

  it("never changes a value that it gave away", () => {
    const output = toHex("an output");
    const blocks = chainOf([created(1n)], [accepted(1n, 0n, output, keccak256(output))]);
    const projection = folded(blocks.slice(0, 1));
    const before = projection.execution(1n);
    const copy = structuredClone(before);
    for (const { header, events } of blocks.slice(1)) projection.apply(header, events);
    expect(before).to.deep.equal(copy);
    expect(projection.execution(1n)).to.not.deep.equal(copy);
  });

  it("forgets executions in the order in which they ended, and no running one", () => {
    const ids = [1n, 2n, 3n, 4n, 5n, 6n];
    const ends = [4n, 2n, 6n, 1n, 3n];
    const blocks = chainOf(
      ids.map((id) => created(id)),
      ...ends.map((id) => [responded(id)]),
    );
    const projection = folded(blocks);
    const left = ids.filter((id) => projection.execution(id) !== undefined);
    expect(left).to.deep.equal([1n, 3n, 5n, 6n]);
    expect(projection.execution(5n)?.state).to.equal("Running");
    // And remembers them again when the blocks in which they were forgotten are taken back.
    projection.rollback(blocks[3]?.header as BlockHeader);
    expect(projection.execution(4n)?.state).to.equal("Succeeded");
    expect(projection.execution(1n)?.state).to.equal("Running");
  });

  it("tells listeners of each changed execution once a block, also when it is taken back", () => {
    const output = toHex("an output");
    const blocks = chainOf([], [created(1n), created(2n), accepted(1n, 0n, output, keccak256(output))], []);
    const projection = folded(blocks.slice(0, 1));
    const heard: bigint[] = [];
    const end = projection.on("execution", (id) => heard.push(id));
    for (const { header, events } of blocks.slice(1)) projection.apply(header, events);
    expect(heard).to.deep.equal([1n, 2n]);
    projection.rollback(blocks[0]?.header as BlockHeader);
    expect(heard.toSorted()).to.deep.equal([1n, 1n, 2n, 2n]);
    expect(projection.execution(1n)).to.equal(undefined);
    end();
    for (const { header, events } of blocks.slice(1)) projection.apply(header, events);
    expect(heard).to.have.length(4);
  });

  it("tells once a block that credits were paid out, and once more where that is taken back", () => {
    const paid = (id: bigint): ChainEvent => ({
      contract: "clusterExecutions",
      eventName: "CreditWithdrawn",
      args: { kind: 0, id, to: zeroAddress, currency: zeroAddress, amountWei: 5n },
      transactionHash: hash("paid"),
      logIndex: Number(id),
    });
    const blocks = chainOf([], [paid(1n), paid(2n)], [created(1n)]);
    const projection = folded(blocks.slice(0, 1));
    let told = 0;
    projection.on("credit", () => (told += 1));
    for (const { header, events } of blocks.slice(1)) projection.apply(header, events);
    expect(told).to.equal(1);
    projection.rollback(blocks[0]?.header as BlockHeader);
    expect(told).to.equal(2);
  });

  it("refuses a block that does not follow, and a rollback further than it remembers", () => {
    const blocks = chainOf(...Array.from({ length: CURSOR_HEADERS_MAX + 20 }, () => []));
    const projection = folded(blocks);
    const last = blocks.at(-1)?.header as BlockHeader;
    const stray = {
      number: last.number + 1n,
      hash: hash("stray"),
      parentHash: hash("nobody"),
      timestamp: 0n,
    };
    expect(() => projection.apply(stray, [])).to.throw("does not go with");
    expect(() => projection.apply({ ...last, hash: hash("other") }, [])).to.throw("does not go with");
    expect(() => projection.rollback(blocks[5]?.header as BlockHeader)).to.throw("does not go with");
    expect(() =>
      projection.rollback({ ...(blocks.at(-3)?.header as BlockHeader), hash: hash("?") }),
    ).to.throw();
    projection.rollback(blocks[25]?.header as BlockHeader);
    expect(projection.head()).to.deep.equal(blocks[25]?.header);
  });
});
