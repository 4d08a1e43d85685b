import { expect } from "chai";
import { it } from "mocha";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { publish } from "../../../sdk/src/actions/publish.ts";
import { stopVersion } from "../../../sdk/src/actions/stopVersion.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("stopVersion", (world, kind) => {
  it("ends new executions of a version, for the owner of the cluster, a model or an agent", async () => {
    const { deployment, connect } = world();
    const { cluster, model, agents, owner } = await createTestCluster(world(), kind);
    const stranger = await connect();
    const [agent = 0n] = agents;
    for (const [as, code] of [
      [{}, "CLUSTER_NOT_OWNED"],
      [{ model }, "CLUSTER_MODEL_NOT_OWNED"],
      [{ agent }, "CLUSTER_AGENT_NOT_OWNED"],
    ] as const) {
      const { version } = await publish(owner, { deployment, cluster, windowSeconds: 60 });
      await expectCode(stopVersion(stranger, { deployment, cluster, version, ...as }), code);
      await stopVersion(owner, { deployment, cluster, version, ...as });
      const run = execute(stranger, { deployment, cluster, version, input: "x" });
      await expectCode(run, "CLUSTER_VERSION_STOPPED");
    }
    expect((await execute(stranger, { deployment, cluster, version: 1n, input: "x" })).version).to.equal(1n);
  });
});
