import { listServingNodes } from "@pleiad/sdk/actions/listServingNodes";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Step } from "../../../../node/src/manager/plans.ts";
import { walletOf } from "../../../fixtures/chain.ts";
import { fakeManager } from "../../local/manager/fakeManager.ts";
import { keyFileOf } from "../support/commands.ts";
import { type ManagingNode, startManagingNode } from "../support/managingNode.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const YAML = `slug: managed-brief
name: Managed brief
description: A cluster that a manager planned.
fee: 0.0001 ether
windowSeconds: 30
models:
  reader: { id: 1 }
agents:
  - { name: reader, model: reader, role: Reader, goal: read, backstory: reads }
tasks:
  - { name: read, agent: reader, prompt: Read it. }
`;

describe("pleiad manager apply", () => {
  let network: CliNetwork;
  let fake: ReturnType<typeof fakeManager>;
  let managing: ManagingNode;
  let node: string;

  before(async () => {
    network = await sharedNetwork();
    fake = fakeManager([
      { act: "publish", slug: "managed-brief", yaml: YAML, from: 0 },
      { act: "leave-model", node: 1n, model: 1n },
      { act: "broadcast", cluster: 0n, topic: "", text: "welcome" },
    ]);
    // What answers is what the test put there last.
    managing = await startManagingNode(network.folder, () => fake.manager);
    node = managing.folder;
  });
  after(() => managing?.stop());

  function serve(steps: readonly Step[]): void {
    fake = fakeManager(steps);
  }

  it("brings the steps that take an owner's key, tells the manager, and stops where the chain says no", async () => {
    const refused = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    const [, taken, carried, ...others] = fake.asked;
    expect(fake.asked[0]).to.deep.equal(["apply", "p1", "operator"]);
    expect(taken, "taken up before it is sent").to.deep.equal(["takeStep", "p1", 0, "operator"]);
    expect(others, "nothing is told of what the chain refused").to.deep.equal([
      ["takeStep", "p1", 1, "operator"],
    ]);
    expect(carried?.slice(0, 3)).to.deep.equal(["carriedOut", "p1", 0]);
    const shown = await network.json<{ slug: string; clusterId: number }>([
      "cluster",
      "show",
      "managed-brief",
      "--json",
    ]);
    expect(String(shown.clusterId)).to.equal(carried?.[3]);
    expect([refused.code, refused.stderr]).to.deep.include(1);
    expect(refused.stdout, "what a publication changes is shown").to.include("+ task read: reader");
    expect(refused.stderr, "the requester owns neither the model nor the node").to.match(
      /\([A-Z_]+\)|[A-Z]+_[A-Z_]+/,
    );
  });

  it("goes on where it stopped, with the key that it takes, and does nothing twice", async () => {
    const told = fake.asked.length;
    const again = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    expect(
      [again.code, fake.asked.slice(told)],
      "it is not approved again, and still has the wrong key",
    ).to.deep.equal([1, [["takeStep", "p1", 1, "operator"]]]);
  });

  it("tells what was sent before, and sends nothing", async () => {
    const told = fake.asked.length;
    const ran = await network.run(["manager", "apply", "p1", "--done", "1:0xabc", "--node", node]);
    expect([ran.code, fake.asked.slice(told)]).to.deep.equal([
      0,
      [["carriedOut", "p1", 1, "0xabc", "operator"]],
    ]);
    const wrong = await network.run(["manager", "apply", "p1", "--done", "abc", "--node", node]);
    expect(wrong.stderr).to.include("USAGE_INVALID");
  });

  it("rewrites no cluster that has the slug already, and takes up nothing then", async () => {
    serve([{ act: "publish", slug: "managed-brief", yaml: YAML.replace("Read it.", "Read on."), from: 0 }]);
    const refused = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    expect(refused.stderr).to.include("PUBLISH_FROM_OTHER");
    expect(fake.asked, "it is not even approved").to.deep.equal([]);
  });

  it("forms a cluster with no other key than that of the owner it was asked for", async () => {
    const owner = "0x00000000000000000000000000000000000000A1";
    serve([{ act: "publish", slug: "owned-brief", yaml: of("owned-brief"), from: 0, owner }]);
    const refused = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    expect(refused.stderr).to.include("PUBLISH_OWNER_OTHER");
    expect(fake.asked.map(([what]) => what)).to.deep.equal(["apply"]);
  });

  it("sends nothing where it may not, or where gas is dearer than it may be", async () => {
    serve([{ act: "publish", slug: "dear-brief", yaml: of("dear-brief"), from: 0 }]);
    const code = "BUDGET_EXCEEDED";
    fake.will.refuseToTake(new PleiadError("nothing is left", { code, hint: "wait" }));
    const refused = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    expect(refused.stderr).to.include(code);
    fake.will.refuseToTake(undefined);
    fake.will.allowPerGas(1n);
    const dear = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    expect(dear.stderr).to.include("GAS_ABOVE_LIMIT");
    const shown = await network.run(["cluster", "show", "dear-brief"]);
    expect(shown.stderr).to.include("CLUSTER_SLUG_UNKNOWN");
  });

  it("says what was sent where the manager does not take it down, and how to tell it again", async () => {
    serve([{ act: "publish", slug: "deaf-brief", yaml: of("deaf-brief"), from: 0 }]);
    fake.will.refuseToHear(new PleiadError("it is over", { code: "PLAN_OVER", hint: "ask anew" }));
    const ran = await network.run(["manager", "apply", "p1", "--yes", "--node", node]);
    const { clusterId } = await network.json<{ clusterId: number }>([
      "cluster",
      "show",
      "deaf-brief",
      "--json",
    ]);
    expect(ran.stderr).to.include("STEP_NOT_TOLD");
    expect(ran.stderr.replaceAll(/\s+/g, " ")).to.include(`pleiad manager apply p1 --done 0:${clusterId}`);
  });

  it("brings a node onto a model with the key of who owns both, and finds it there when it is asked again", async () => {
    const [first, second] = network.nodes.map(({ node: id }) => id);
    const owner = ["--key", keyFileOf(network, 2)];
    const apply = (...more: readonly string[]) =>
      network.run(["manager", "apply", "p1", "--yes", "--node", node, ...more]);
    const isServing = async (id: bigint | undefined, model: bigint) =>
      (
        await listServingNodes(walletOf(network.chain, network.requester), {
          deployment: network.deployment,
          model,
        })
      ).some((place) => place.node === id && place.active);
    const serve = { act: "serve-model", node: first ?? 0n, model: 1n } as const;
    fake = fakeManager([
      { ...serve, act: "leave-model" },
      serve,
      { ...serve, node: second ?? 0n, model: 2n },
    ]);
    const applied = await apply(...owner);
    expect(applied.code, applied.stderr).to.equal(0);
    expect(await isServing(first, 1n)).to.equal(true);
    const asked = fake.asked.filter(([what]) => what !== "takeStep");
    expect(asked.map(([what, , step]) => [what, step])).to.deep.equal([
      ["apply", "operator"],
      ["carriedOut", 0],
      ["carriedOut", 1],
      ["carriedOut", 2],
    ]);
    const [, left, joined, already] = asked.map(([, , , outcome]) => String(outcome));
    expect([left, joined], "transactions").to.satisfy((all: string[]) =>
      all.every((one) => /^0x[0-9a-f]{64}$/.test(one)),
    );
    expect(already).to.equal(`node ${second} and model 2 were so already`);
  });

  it("does not call a step done of which one of two owners has done his part", async () => {
    const other = network.nodes[1]?.node ?? 0n;
    fake = fakeManager([
      { act: "leave-model", node: other, model: 3n },
      { act: "serve-model", node: other, model: 3n },
    ]);
    const half = await network.run([
      ...["manager", "apply", "p1", "--yes", "--node", node, "--key", keyFileOf(network, 2)],
    ]);
    expect([half.code, half.stderr]).to.deep.include(1);
    expect(half.stderr)
      .to.include("MANAGER_STEP_OFFERED")
      .and.include("let the other one bring the same step");
    const told = () => fake.asked.filter(([what]) => what === "carriedOut").length;
    expect(told(), "the first step is told of, the second is not").to.equal(1);
    const whole = await network.run([
      ...["manager", "apply", "p1", "--yes", "--node", node, "--key", keyFileOf(network, 3)],
    ]);
    expect([whole.code, told()]).to.deep.equal([0, 2]);
  });
});

function of(slug: string): string {
  return YAML.replace("managed-brief", slug);
}
