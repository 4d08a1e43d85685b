import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { size } from "viem";
import { clusterRegistryAbi } from "../../../sdk/src/abi/clusterRegistry.ts";
import { createAndPublish } from "../../../sdk/src/actions/createAndPublish.ts";
import { getVersion } from "../../../sdk/src/actions/getVersion.ts";
import { registerAgent } from "../../../sdk/src/actions/registerAgent.ts";
import { registerModel } from "../../../sdk/src/actions/registerModel.ts";
import { parseBlueprint } from "../../../sdk/src/blueprint/parseBlueprint.ts";
import { toContractArguments } from "../../../sdk/src/blueprint/toContractArguments.ts";
import { versionBytes } from "../../../sdk/src/blueprint/versionBytes.ts";
import { read } from "../../../sdk/src/internal/read.ts";
import { freshSlug } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeOnChain } from "../support/world.ts";

const EXAMPLE = readFileSync(new URL("../../../examples/cluster.yaml", import.meta.url), "utf8");

describeOnChain("toContractArguments", (world) => {
  it("is what createAndPublish takes: the chain then holds what the file says, in as many bytes as was counted", async () => {
    const { deployment, connect } = world();
    const owner = await connect();
    const blueprint = parseBlueprint(EXAMPLE.replace("document-brief", freshSlug()));
    const { model } = await registerModel(owner, { deployment, name: "m", priceWei: 5n, nodeShareBps: 100 });
    const agents = new Map<string, bigint>();
    for (const { name } of blueprint.agents) {
      const digest = `0x${"11".repeat(32)}` as const;
      agents.set(name, (await registerAgent(owner, { deployment, digest, model })).agent);
    }
    const { cluster } = await createAndPublish(owner, {
      deployment,
      ...toContractArguments(blueprint, { agents }),
    });
    const version = await getVersion(owner, { deployment, cluster });
    const { slug, name, description, feeWei, windowSeconds } = blueprint;
    expect(version).to.include({ slug, name, description, feeWei, windowSeconds });
    for (const [task, { prompt, tool, dependsOn, agent }] of blueprint.tasks.entries()) {
      const found = version.tasks[task];
      expect(found).to.deep.include({ prompt, tool, dependsOn });
      expect(version.agents[found?.agentIndex ?? -1]?.name).to.equal(agent);
    }
    const data = await read(owner, {
      deployment,
      address: deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "versionData",
      args: [cluster, 1n],
    });
    expect(versionBytes(blueprint)).to.equal(size(data));
  });
});

describe("toContractArguments", () => {
  it("names the agents whose ids nobody said", async () => {
    const blueprint = parseBlueprint(EXAMPLE);
    const agents = new Map([["writer", 0n]]);
    const call = async () => toContractArguments(blueprint, { agents });
    const error = await expectCode(call(), "BLUEPRINT_UNRESOLVED");
    expect(error.message).to.equal('no id is known for agent "reader", agent "critic"');
  });
  it("takes ids from the file before those that were registered", () => {
    const blueprint = parseBlueprint(
      EXAMPLE.replaceAll(/(model: \w+)/g, "$1\n    id: 0")
        .replace(/id: 0/, "id: 7")
        .replace(/id: 0/, "id: 8"),
    );
    const { blueprint: struct } = toContractArguments(blueprint, { agents: new Map([["reader", 99n]]) });
    expect(struct.agents.map(({ agent }) => agent)).to.deep.equal([7n, 8n, 0n]);
    expect(struct.tasks.map(({ agent }) => agent)).to.deep.equal([7n, 8n, 0n]);
  });
});
