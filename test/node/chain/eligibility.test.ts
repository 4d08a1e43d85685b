import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { keccak256, sha256, stringToBytes, stringToHex } from "viem";
import type { HDAccount } from "viem/accounts";
import {
  clusterOwnerWindow,
  modelOwnerWindow,
  nodeWindow,
  readyTasks,
  rotation,
  taskContextHash,
} from "../../../node/src/chain/eligibility.ts";
import { createEventDecoder } from "../../../node/src/chain/events.ts";
import { createProjection, type Projection } from "../../../node/src/chain/projection.ts";
import type { ExecutionRecord, ModelState } from "../../../node/src/chain/state.ts";
import { createVersions, type Versions } from "../../../node/src/chain/versions.ts";
import { createAndPublish } from "../../../sdk/src/actions/createAndPublish.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { leaveModel } from "../../../sdk/src/actions/leaveModel.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { registerNode } from "../../../sdk/src/actions/registerNode.ts";
import { serveModel } from "../../../sdk/src/actions/serveModel.ts";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import {
  accountOf,
  deployAll,
  type LocalChain,
  startChain,
  testClientOf,
  walletOf,
} from "../../fixtures/chain.ts";
import { rpcOf } from "./helpers.ts";

const WINDOW_SECONDS = 30;

describe("eligibility", () => {
  let chain: LocalChain;
  let deployment: Deployment;
  let projection: Projection;
  let versions: Versions;
  let cluster: bigint;
  const nodes: bigint[] = [];
  const models: bigint[] = [];
  const executions: bigint[] = [];

  const owner = (): ReturnType<typeof walletOf> => walletOf(chain, accountOf(0));
  const keyOf = (index: number): HDAccount => accountOf(20 + index);

  async function createNode(index: number): Promise<bigint> {
    const key = keyOf(index);
    const proof = await signNodeKeyProof(walletOf(chain, key), { deployment, owner: accountOf(0).address });
    return (await registerNode(owner(), { deployment, key: key.address, proof })).node;
  }

  async function run(): Promise<bigint> {
    const { execution } = await execute(owner(), {
      deployment,
      cluster,
      input: "text",
      ownerMayAnswer: true,
    });
    return execution;
  }

  /** Folds all blocks there are. */
  async function catchUp(): Promise<void> {
    const rpc = rpcOf(chain.rpcUrl);
    const decoder = createEventDecoder(deployment);
    const head = await rpc.blockByNumber("latest");
    for (let number = (projection.head()?.number ?? -1n) + 1n; number <= (head?.number ?? 0n); number += 1n) {
      const block = await rpc.blockByNumber(number);
      if (block === null) throw new Error(`no block ${number}`);
      projection.apply(block, decoder.decode(await rpc.logs({ blockHash: block.hash }, decoder.addresses)));
    }
  }

  function record(execution: bigint): ExecutionRecord {
    return projection.execution(execution) ?? expect.fail(`no execution ${execution}`);
  }

  function modelState(model: bigint): ModelState {
    return projection.model(model) ?? expect.fail(`no model ${model}`);
  }

  function read<const Name extends "windowOf" | "contextHashOf">(
    functionName: Name,
    args: readonly bigint[],
  ) {
    const { client } = rpcOf(chain.rpcUrl);
    const address = deployment.clusterExecutions;
    return client.readContract({ address, abi: clusterExecutionsAbi, functionName, args: args as never });
  }

  before(async () => {
    chain = await startChain();
    deployment = await deployAll(chain);
    projection = createProjection();
    versions = createVersions({
      rpc: rpcOf(chain.rpcUrl),
      projection,
      clusterRegistry: deployment.clusterRegistry,
    });
    for (let index = 0; index < 5; index += 1) nodes.push(await createNode(index));
    const agents: bigint[] = [];
    for (const name of ["busy", "changing", "lonely"]) {
      const { model } = await registerModel(owner(), {
        deployment,
        name,
        priceWei: 1_000n,
        nodeShareBps: 5_000,
      });
      models.push(model);
      agents.push(
        (await registerAgent(owner(), { deployment, digest: sha256(stringToHex(name)), model })).agent,
      );
    }
    const [busy, changing, lonely] = models as [bigint, bigint, bigint];
    const [a, b, c, d, e] = nodes as [bigint, bigint, bigint, bigint, bigint];
    for (const node of [a, b, c, d]) await serveModel(owner(), { deployment, model: busy, node });
    for (const node of [c, a]) await serveModel(owner(), { deployment, model: changing, node });
    await serveModel(owner(), { deployment, model: lonely, node: e });
    const blueprint = {
      slug: "windows",
      name: "Windows",
      description: "",
      agents: agents.map((agent, index) => ({ agent, name: `agent ${index}` })),
      tasks: [
        { name: "first", agent: agents[0] as bigint, prompt: "p" },
        { name: "aside", agent: agents[1] as bigint, prompt: "p", dependsOn: [] },
        { name: "alone", agent: agents[2] as bigint, prompt: "p", dependsOn: [] },
        { name: "last", agent: agents[0] as bigint, prompt: "p", dependsOn: [0, 1] },
        { name: "agreed", agent: agents[0] as bigint, prompt: "p", dependsOn: [], quorum: 3 },
      ],
    };
    cluster = (await createAndPublish(owner(), { deployment, blueprint, windowSeconds: WINDOW_SECONDS }))
      .cluster;
    // One that is created in the second in which the nodes joined: none of them may answer it.
    executions.push(await run());
    await testClientOf(chain).increaseTime({ seconds: 2 });
    for (let index = 0; index < 2; index += 1) executions.push(await run());
    // A node leaves, one joins late, one comes back, the lonely model is deserted, a node changes hands.
    await leaveModel(owner(), { deployment, model: changing, node: c });
    await serveModel(owner(), { deployment, model: changing, node: e });
    executions.push(await run());
    await serveModel(owner(), { deployment, model: changing, node: c });
    await leaveModel(owner(), { deployment, model: lonely, node: e });
    await testClientOf(chain).increaseTime({ seconds: 100 });
    executions.push(await run(), await run());
    await owner().request({
      method: "eth_sendTransaction",
      params: [
        {
          from: accountOf(0).address,
          to: deployment.nodeRegistry,
          data: `0x23b872dd${[accountOf(0).address, accountOf(1).address].map((address) => address.slice(2).padStart(64, "0")).join("")}${d.toString(16).padStart(64, "0")}`,
        },
      ],
    } as never);
    await testClientOf(chain).mine({ blocks: 1 });
    await catchUp();
  });
  after(() => chain.stop());

  it("gives every node the window that the contract gives it", async () => {
    const version = await versions.get(cluster, 1n);
    let eligibleCount = 0;
    for (const execution of executions) {
      for (const { task, model } of version.tasks) {
        for (const node of nodes) {
          const [eligible, opensAt] = (await read("windowOf", [execution, BigInt(task), node])) as [
            boolean,
            bigint,
          ];
          const window = nodeWindow(record(execution), task, version, modelState(model), node);
          const isActive = projection.node(node)?.status === "Active";
          const what = `execution ${execution}, task ${task}, node ${node}`;
          expect(window !== undefined && isActive, what).to.equal(eligible);
          if (eligible) expect(window?.opensAt, what).to.equal(opensAt);
          if (eligible) eligibleCount += 1;
        }
      }
    }
    expect(eligibleCount, "the comparison is not about nothing").to.be.above(30);
    expect(projection.node(nodes[3] as bigint)?.status).to.equal("Suspended");
  });

  it("puts all nodes in one rotation, each with a window of its own", async () => {
    const version = await versions.get(cluster, 1n);
    const model = modelState(models[0] as bigint);
    const firsts = new Set<bigint | undefined>();
    for (const execution of executions.slice(1)) {
      for (const task of [0, 3]) {
        const turns = rotation(record(execution), task, version, model);
        expect(turns.map(({ rank }) => rank)).to.deep.equal([0, 1, 2, 3]);
        const opens = turns.map(({ opensAt }) => Number(opensAt - record(execution).readyAt));
        expect(opens).to.deep.equal([0, 1, 2, 3].map((rank) => rank * WINDOW_SECONDS));
        firsts.add(turns[0]?.node);
      }
      const agreed = rotation(record(execution), 4, version, model);
      expect(agreed.map(({ rank }) => rank)).to.deep.equal([0, 1, 2, 3]);
      expect(
        agreed.map(({ windows }) => windows),
        "three must agree",
      ).to.deep.equal([0, 0, 0, 1]);
    }
    expect(firsts.size, "tasks spread over nodes").to.be.above(1);
  });

  it("lets owners answer when the contract does", async () => {
    const version = await versions.get(cluster, 1n);
    const { client } = rpcOf(chain.rpcUrl);
    for (const execution of [executions[1], executions[5]] as [bigint, bigint]) {
      for (const { task, model } of version.tasks.slice(0, 3)) {
        const facts = record(execution);
        const contextHash = taskContextHash(facts, version, task, () => undefined);
        if (contextHash === undefined) expect.fail(`task ${task} has no context`);
        const output = stringToHex("an answer");
        const completion = {
          execution,
          task,
          contextHash,
          outputDigest: keccak256(output),
          evidenceDigest: keccak256("0x"),
          node: 0n,
          tip: 0n,
        };
        const windows = [
          ["submitCompletionAsModelOwner", modelOwnerWindow(facts, version, modelState(model)).opensAt],
          ["submitCompletionAsClusterOwner", clusterOwnerWindow(facts, version, modelState(model))?.opensAt],
        ] as const;
        for (const [functionName, opensAt] of windows) {
          const answerAt = (time: bigint): Promise<unknown> =>
            client.simulateContract({
              address: deployment.clusterExecutions,
              abi: clusterExecutionsAbi,
              functionName,
              args: [completion, output],
              account: accountOf(0).address,
              blockOverrides: { time },
            });
          const what = `${functionName} of task ${task} of ${execution}`;
          await answerAt(opensAt ?? 0n).catch((reason: Error) => expect.fail(`${what}: ${reason.message}`));
          const early = await answerAt((opensAt ?? 0n) - 1n).catch((reason: Error) => reason.message);
          if (opensAt !== facts.readyAt) expect(early, what).to.contain("CompletionTooEarly");
        }
      }
    }
    expect(clusterOwnerWindow({ ...record(1n), ownerMayAnswer: false }, version, modelState(1n))).to.equal(
      undefined,
    );
  });

  it("binds an answer to what the contract binds it to, before and after outputs are accepted", async () => {
    const version = await versions.get(cluster, 1n);
    const execution = executions[5] as bigint;
    const none = () => undefined;
    for (const task of [0, 1, 2]) {
      const expected = await read("contextHashOf", [execution, BigInt(task)]);
      expect(taskContextHash(record(execution), version, task, none)).to.equal(expected);
    }
    expect(taskContextHash(record(execution), version, 3, none)).to.equal(undefined);
    expect(taskContextHash(record(execution), version, 9, none)).to.equal(undefined);
    expect(readyTasks(version, new Set())).to.deep.equal([0, 1, 2, 4]);
    expect(readyTasks(version, new Set([0, 2]))).to.deep.equal([1, 4]);

    const items = await Promise.all(
      [0, 1].map(async (task) => {
        const [turn] = rotation(
          record(execution),
          task,
          version,
          modelState(version.tasks[task]?.model ?? 0n),
        ).filter(({ node }) => projection.node(node)?.status === "Active");
        const node = turn?.node ?? 0n;
        const output = stringToBytes(`answer ${task}`);
        const completion = {
          execution,
          task,
          contextHash: taskContextHash(record(execution), version, task, none) ?? "0x",
          outputDigest: keccak256(output),
          evidenceDigest: keccak256("0x"),
          node,
          tip: 0n,
        };
        const key = walletOf(chain, keyOf(nodes.indexOf(node)));
        return { completion, output, signature: await signCompletion(key, { deployment, completion }) };
      }),
    );
    await testClientOf(chain).increaseTime({ seconds: 5 * WINDOW_SECONDS });
    const sent = await submitCompletions(owner(), { deployment, items });
    expect(sent.accepted).to.have.length(2);
    await catchUp();
    const digestOf = (task: number) => record(execution).completions.get(task)?.outputDigest;
    expect(taskContextHash(record(execution), version, 3, digestOf)).to.equal(
      await read("contextHashOf", [execution, 3n]),
    );
    const done = new Set(record(execution).completions.keys());
    expect(readyTasks(version, done)).to.deep.equal([2, 3, 4]);
    // Windows of what is left count from the acceptance.
    for (const node of nodes) {
      const [eligible, opensAt] = (await read("windowOf", [execution, 3n, node])) as [boolean, bigint];
      const window = nodeWindow(record(execution), 3, version, modelState(models[0] as bigint), node);
      if (eligible) expect(window?.opensAt).to.equal(opensAt);
    }
  });
});
