import { createAndPublish } from "@pleiad/sdk/actions/createAndPublish";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { toContractArguments } from "@pleiad/sdk/blueprint/toContractArguments";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { sha256, stringToBytes, zeroAddress } from "viem";
import type { ChainModel } from "../../../dashboard/src/api/making.ts";
import { costOf, publishGas } from "../../../dashboard/src/views/make/cost.ts";
import { newAgent, newDraft, newTask } from "../../../dashboard/src/views/make/draft.ts";
import { accountOf, deployAll, type LocalChain, startChain, walletOf } from "../../fixtures/chain.ts";

const TOKEN = `0x${"22".repeat(20)}`;

function model(id: string, change: Partial<ChainModel> = {}): ChainModel {
  return {
    model: id,
    owner: zeroAddress,
    name: `model ${id}`,
    currency: zeroAddress,
    priceWei: "1000",
    nodeShareBps: 7_000,
    open: true,
    nodes: ["1"],
    ...change,
  };
}

describe("what a cluster costs, before it is there", () => {
  let chain: LocalChain;
  before(async () => {
    chain = await startChain();
  });
  after(() => chain.stop());

  it("is the price of each task's model and the fee, where all of it is known and in one currency", () => {
    const agents = [newAgent({ model: "1" }), newAgent({ model: "2" })];
    const tasks = [0, 1, 1].map((n) => newTask({ agent: agents[n]?.key ?? "" }));
    const draft = { ...newDraft("1"), fee: "5 gwei", agents, tasks };
    const models = [model("1"), model("2", { priceWei: "30" })];
    expect(costOf(draft, models)).to.include({
      totalWei: 5_000_001_060n,
      isMixed: false,
      currency: zeroAddress,
    });
    expect(costOf({ ...draft, fee: "5 apples" }, models).totalWei).to.equal(undefined);
    expect(costOf(draft, [model("1")]).totalWei).to.equal(undefined);
    const mixed = costOf(draft, [model("1"), model("2", { currency: TOKEN })]);
    expect(mixed).to.include({ isMixed: true, totalWei: undefined });
  });

  it("is in gas within a tenth of what publishing takes", async () => {
    const deployment = await deployAll(chain);
    const client = walletOf(chain, accountOf(1));
    const { model: id } = await registerModel(client, {
      deployment,
      name: "m",
      priceWei: 1n,
      nodeShareBps: 0,
    });
    const one = (n: number) =>
      registerAgent(client, { deployment, digest: sha256(stringToBytes(`${n}`)), model: id });
    // An account's first costs more.
    await one(0);
    let made = 1;
    for (const [agents, tasks, promptBytes] of [
      [1, 1, 30],
      [3, 5, 250],
      [8, 12, 1_500],
    ] as const) {
      const text = `slug: cluster-${tasks}
name: Cluster of ${tasks}
windowSeconds: 30
agents:
${Array.from({ length: agents }, (_, n) => `  - { name: agent ${n}, model: 1, role: Writer }`).join("\n")}
tasks:
${Array.from({ length: tasks }, (_, n) => `  - { name: task ${n}, agent: agent ${n % agents}, prompt: "${"p".repeat(promptBytes)}" }`).join("\n")}
`;
      const blueprint = parseBlueprint(text);
      const ids = new Map<string, bigint>();
      let took = 0n;
      for (const { name } of blueprint.agents) {
        const sent = await one(made++);
        ids.set(name, sent.agent);
        took += sent.gasUsed;
      }
      const sent = await createAndPublish(client, {
        deployment,
        ...toContractArguments(blueprint, { agents: ids }),
      });
      took += sent.gasUsed;
      const guessed = Number(publishGas(blueprint)) / Number(took);
      expect(guessed, `${agents} agents and ${tasks} tasks took ${took}`).to.be.within(0.9, 1.1);
    }
  });
});
