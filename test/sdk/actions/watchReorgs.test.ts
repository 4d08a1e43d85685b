import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { createClient, http } from "viem";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { watchExecutions } from "../../../sdk/src/actions/watchExecutions.ts";
import { watchResponses } from "../../../sdk/src/actions/watchResponses.ts";
import { executionEventsOf } from "../../../sdk/src/internal/executionEvents.ts";
import { logsOf } from "../../../sdk/src/internal/logs.ts";
import type { WriteClient } from "../../../sdk/src/types/client.ts";
import {
  accountOf,
  deployAll,
  type LocalChain,
  POLLING_MS,
  startChain,
  testClientOf,
  walletOf,
} from "../../fixtures/chain.ts";
import { type FaultProxy, startFaultProxy } from "../../fixtures/faultProxy.ts";
import { until } from "../../fixtures/until.ts";
import { createTestCluster, signedRun, startRun, type TestCluster } from "../support/cluster.ts";
import type { World } from "../support/world.ts";

const DEPTH_MAX = 6;
/** Accounts of this chain, each for one client. */
const ACCOUNTS = 30;

/** What a watcher has told, less what it has taken back: each with the block and the place it was told with. */
interface Told {
  readonly standing: string[];
  readonly errors: string[];
  /** What was told twice, or taken back without having been the last. */
  readonly wrong: string[];
  tell(key: string, removed: boolean): void;
}

function createTold(): Told {
  const told: Told = {
    standing: [],
    errors: [],
    wrong: [],
    tell(key, removed) {
      const isRight = removed ? told.standing.at(-1) === key : !told.standing.includes(key);
      if (!isRight) told.wrong.push(`${removed ? "-" : "+"}${key}`);
      if (removed) told.standing.splice(told.standing.lastIndexOf(key), 1);
      else told.standing.push(key);
    },
  };
  return told;
}

/** A chain of its own, as these tests take blocks away from everybody on it. */
describe("watching a chain that is reorganised", () => {
  let chain: LocalChain;
  let proxy: FaultProxy;
  let deployment: Deployment;
  let cluster: TestCluster;
  let requester: WriteClient;
  let world: World;
  let lift = (): void => {};
  const stops: (() => void)[] = [];

  before(async () => {
    chain = await startChain({ extraArguments: ["--accounts", String(ACCOUNTS)] });
    proxy = await startFaultProxy(chain.rpcUrl);
    deployment = await deployAll(chain);
    let next = 10;
    world = {
      chain,
      deployment,
      connect: async () => walletOf(chain, accountOf(next++)),
      reader: () => createClient({ transport: http(chain.rpcUrl) }),
      passSeconds: (seconds) =>
        testClientOf(chain)
          .increaseTime({ seconds })
          .then(() => mine(1)),
    };
    cluster = await createTestCluster(world);
    requester = await world.connect();
    await mine(DEPTH_MAX);
  });
  after(async () => {
    await proxy.stop();
    await chain.stop();
  });
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
    lift();
  });

  const mine = (blocks: number) => testClientOf(chain).mine({ blocks });
  const reorg = (depth: number) =>
    testClientOf(chain).request({ method: "anvil_reorg", params: [depth, []] } as never);

  /** Watches everything through the proxy. */
  function watch(fromBlock = deployment.fromBlock) {
    const client = createClient({
      transport: http(proxy.url, { retryCount: 0 }),
      pollingInterval: POLLING_MS,
    });
    const [executions, responses] = [createTold(), createTold()];
    stops.push(
      watchExecutions(client, {
        deployment,
        fromBlock,
        onExecution: ({ execution, blockHash }, removed) =>
          executions.tell(`${execution} ${blockHash}`, removed),
        onError: ({ code }) => executions.errors.push(code),
      }),
      watchResponses(client, {
        deployment,
        fromBlock,
        onResponse: ({ execution, blockHash }, removed) =>
          responses.tell(`${execution} ${blockHash}`, removed),
        onError: ({ code }) => responses.errors.push(code),
      }),
    );
    return { fromBlock, executions, responses };
  }

  /** The same things as the chain's log has them. */
  async function canonical(fromBlock: bigint) {
    const client = world.reader();
    const toBlock = await height();
    const logs = await logsOf(client, deployment, { topics: [] }, { fromBlock, toBlock });
    const { created, responses } = executionEventsOf(logs, deployment.clusterExecutions);
    const keyOf = ({ execution, blockHash }: { readonly execution: bigint; readonly blockHash: string }) =>
      `${execution} ${blockHash}`;
    return { executions: created.map(keyOf), responses: responses.map(keyOf) };
  }

  async function height(): Promise<bigint> {
    return BigInt(await testClientOf(chain).request({ method: "eth_blockNumber" } as never));
  }

  /** Waits until what stands is what the chain has, in its order. */
  async function agrees(watched: ReturnType<typeof watch>): Promise<void> {
    const wanted = await canonical(watched.fromBlock);
    const stands = () =>
      JSON.stringify([watched.executions.standing, watched.responses.standing]) ===
      JSON.stringify([wanted.executions, wanted.responses]);
    await until("what is told is what the chain has", stands);
    expect([...watched.executions.wrong, ...watched.responses.wrong]).to.deep.equal([]);
  }

  /** A run that is answered at once: an execution and a response, two blocks. */
  async function answeredRun(): Promise<void> {
    const run = await startRun(world, requester, cluster);
    await submitCompletions(requester, { deployment, items: await signedRun(world, cluster, run) });
  }

  for (let depth = 1; depth <= DEPTH_MAX; depth += 1) {
    it(`takes back, newest first, what a reorganisation of depth ${depth} removes, and tells what comes instead`, async () => {
      const watched = watch();
      for (let runs = 0; runs < 3; runs += 1) await answeredRun();
      await agrees(watched);
      await reorg(depth);
      await agrees(watched);
      await mine(1);
      await agrees(watched);
    });
  }

  it("misses nothing and tells nothing twice through an endpoint that drops, limits and garbles", async () => {
    // A generator that a seed decides: a fault every so many calls would hit the same question each time.
    let state = 1;
    lift = proxy.inject(() => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const fault = (state >>> 16) % 10;
      if (fault === 0) return { kind: "drop" };
      if (fault === 1) return { kind: "status", status: 429 };
      if (fault === 2) return { kind: "garbage", body: "<html>busy</html>" };
      return undefined;
    });
    await answeredRun();
    // The newest blocks alone: each costs some failures.
    const watched = watch((await height()) - 3n);
    await agrees(watched);
    await answeredRun();
    await agrees(watched);
    await reorg(2);
    await agrees(watched);
    expect(watched.executions.errors).to.include("RPC_UNREACHABLE");
  });
});
