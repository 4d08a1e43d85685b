import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Address, encodeAbiParameters, getAddress, keccak256, zeroAddress } from "viem";
import { KIND, STATE } from "../fixtures/executions.ts";
import { createLine, type Line, publishCluster } from "../fixtures/line.ts";
import { INDEPENDENT } from "../fixtures/world.ts";
import { type Fold, foldLog } from "./foldLog.ts";
import { createCast, play } from "./historySteps.ts";

const SEED_DEFAULT = 20_251;
/** Another seed gives other histories: `PLEIAD_TEST_SEED=7 hardhat test mocha …`. */
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 15);
const STEPS_MIN = 40;
const STEPS_MAX = 80;

const line = await createLine();
await publishCluster(line, {
  slug: "diamond",
  tasks: [
    { model: 1n },
    { model: 2n, dependsOn: 1 },
    { model: 3n, dependsOn: INDEPENDENT },
    { model: 1n, dependsOn: 6 },
  ],
});
const cast = await createCast(line);
const start = await line.networkHelpers.takeSnapshot();

describe("C18: the log rebuilds storage", () => {
  it(`history_anySteps_foldsToWhatTheContractsHold (PLEIAD_TEST_SEED=${SEED})`, async () => {
    const seen = new Map<string, number>();
    const step = fc.nat({ max: 2 ** 31 - 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: STEPS_MIN, maxLength: STEPS_MAX }), async (steps) => {
        await start.restore();
        for (const seed of steps) await play(cast, seed);
        const fold = await foldLog(line);
        await compareRegistries(line, fold);
        await compareExecutions(line, fold);
        await compareMoney(line, fold);
        for (const [name, count] of fold.counts) seen.set(name, (seen.get(name) ?? 0) + count);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    const names = line.executions.abi.filter((item) => item.type === "event").map(({ name }) => name);
    // Quorums need a registry that publishes them; `quorum.test.ts` has one.
    for (const name of names.filter((found) => found !== "CompletionSeconded"))
      expect(seen.get(name) ?? 0, `${name} in ${RUNS} histories`).to.be.above(0);
  }).timeout(10_000 * RUNS);
});

async function compareRegistries({ nodes, models, agents, clusters }: Line, fold: Fold): Promise<void> {
  expect(await nodes.read.nodeCount()).to.equal(BigInt(fold.nodes.size));
  for (const [id, { owner, key, active }] of fold.nodes) {
    expect(await nodes.read.ownerOf([id]), `owner of node ${id}`).to.equal(owner);
    expect(await nodes.read.keyOf([id]), `key of node ${id}`).to.deep.equal([key, active ? 1 : 2]);
  }
  for (const [key, node] of fold.nodeOfKey) {
    expect(await nodes.read.nodeOfKey([key])).to.equal(node);
    expect(await nodes.read.keyProofNonce([key])).to.equal(fold.proofsOfKey.get(key));
  }
  expect(await models.read.modelCount()).to.equal(BigInt(fold.models.size));
  for (const [id, model] of fold.models) {
    expect(await models.read.ownerOf([id]), `owner of model ${id}`).to.equal(model.owner);
    expect(await models.read.nameOf([id])).to.equal(model.name);
    expect(await models.read.termsOf([id]), `terms of model ${id}`).to.deep.equal(model.terms);
    expect(
      (await models.read.servingNodes([id])).map(({ joinedAt, ...rest }) => ({
        ...rest,
        joinedAt: BigInt(joinedAt),
      })),
      `nodes of model ${id}`,
    ).to.deep.equal(model.places.map(({ node, active, joinedAt }) => ({ node, active, joinedAt })));
  }
  expect(await agents.read.agentCount()).to.equal(BigInt(fold.agents.size));
  for (const [id, agent] of fold.agents) {
    expect(await agents.read.ownerAndModelOf([id]), `agent ${id}`).to.deep.equal([agent.owner, agent.model]);
    expect(await clusters.read.clusterOfAgent([id]), `cluster of agent ${id}`).to.equal(
      fold.clusterOfAgent.get(id) ?? 0n,
    );
  }
  expect(await clusters.read.clusterCount()).to.equal(BigInt(fold.clusters.size));
  for (const [id, cluster] of fold.clusters) {
    expect(await clusters.read.ownerOf([id]), `owner of cluster ${id}`).to.equal(cluster.owner);
    expect(await clusters.read.clusterOfSlug([cluster.slug])).to.equal(id);
    expect(await clusters.read.membersOf([id]), `members of cluster ${id}`).to.deep.equal(cluster.members);
    expect(await clusters.read.versionCount([id])).to.equal(BigInt(cluster.versions.length));
    for (const [index, { code }] of cluster.versions.entries()) {
      expect(await clusters.read.versionCode([id, BigInt(index + 1)])).to.equal(code);
    }
  }
}

async function compareExecutions({ executions }: Line, fold: Fold): Promise<void> {
  expect(await executions.read.executionCount()).to.equal(BigInt(fold.executions.size));
  for (const [id, { outputDigests, reports, ends, ...expected }] of fold.executions) {
    expect(await executions.read.executionOf([id]), `execution ${id}`).to.deep.equal(expected);
    const end: Record<number, string[]> = {
      [STATE.Succeeded]: ["ClusterResponse"],
      [STATE.Failed]: ["ClusterExecutionEnded"],
      [STATE.Cancelled]: ["ClusterExecutionEnded"],
      [STATE.Expired]: ["ClusterExecutionEnded"],
    };
    expect(ends, `how execution ${id} ended`).to.deep.equal(end[expected.state] ?? []);
    if (expected.state !== STATE.Running) expect(expected.escrowWei, `escrow of ${id}`).to.equal(0n);
    for (const [task, digest] of outputDigests.entries()) {
      const stored = await executions.read.outputDigestOf([id, BigInt(task)]);
      expect(stored, `task ${task} of execution ${id}`).to.equal(digest);
      const reported = await executions.read.failureReportsOf([id, BigInt(task)]);
      expect(reported, `reports of task ${task} of execution ${id}`).to.equal(reports[task]);
      if (expected.state === STATE.Running) await compareWindows({ executions } as Line, fold, id, task);
    }
  }
}

/** Who may answer when follows from the log too: who joined and left which model, and when. */
async function compareWindows({ executions }: Line, fold: Fold, id: bigint, task: number): Promise<void> {
  const execution = fold.executions.get(id);
  const pins = fold.clusters.get(execution?.cluster ?? 0n)?.versions[Number(execution?.version) - 1]?.pins;
  const places = fold.models.get(pins?.tasks[task]?.model ?? 0n)?.places;
  if (!execution || !pins || !places) throw new Error("an execution of nothing");
  const counted = BigInt(places.filter(({ joinedAt }) => joinedAt < execution.createdAt).length);
  const words = [{ type: "uint256" }, { type: "uint256" }] as const;
  const draw = BigInt(keccak256(encodeAbiParameters(words, [id, BigInt(task)])));
  for (const [node, { active }] of fold.nodes) {
    const place = places.findIndex((candidate) => candidate.node === node);
    const { joinedAt = 0n, leftAt = 0n, active: serves = false } = places[place] ?? {};
    const counts = place >= 0 && joinedAt < execution.createdAt && (serves || leftAt >= execution.createdAt);
    const rank = counted === 0n ? 0n : (BigInt(place) + counted - (draw % counted)) % counted;
    const opensAt = counts ? execution.readyAt + rank * BigInt(pins.windowSeconds) : 0n;
    expect(
      await executions.read.windowOf([id, BigInt(task), node]),
      `node ${node}, task ${task} of execution ${id}`,
    ).to.deep.equal([counts && active, opensAt]);
  }
}

async function compareMoney({ executions, client }: Line, fold: Fold): Promise<void> {
  let owedWei = 0n;
  for (const { escrowWei, callbackBudgetWei } of fold.executions.values())
    owedWei += escrowWei + callbackBudgetWei;
  const ids = new Set(fold.credits.keys());
  for (const id of fold.nodes.keys()) ids.add(`${KIND.Node}:${id}`);
  for (const id of fold.models.keys()) ids.add(`${KIND.Model}:${id}`);
  for (const id of fold.clusters.keys()) ids.add(`${KIND.Cluster}:${id}`);
  for (const account of cast.accounts) ids.add(`${KIND.Account}:${BigInt(account)}`);
  for (const key of ids) {
    const [kind, id] = key.split(":");
    const expected = fold.credits.get(key) ?? 0n;
    owedWei += expected;
    expect(
      await executions.read.creditOf([Number(kind), BigInt(id ?? 0), zeroAddress]),
      `credit ${key}`,
    ).to.equal(expected);
  }
  const address: Address = getAddress(executions.address);
  expect(await client.getBalance({ address }), "what the contract holds").to.equal(owedWei);
}
