import { expect } from "chai";
import { it } from "mocha";
import { closeCluster } from "../../../sdk/src/actions/closeCluster.ts";
import { getVersionStatus } from "../../../sdk/src/actions/getVersionStatus.ts";
import { quote } from "../../../sdk/src/actions/quote.ts";
import { restrictCluster } from "../../../sdk/src/actions/restrictCluster.ts";
import { stopVersion } from "../../../sdk/src/actions/stopVersion.ts";
import { createTestCluster } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("getVersionStatus", (world, kind) => {
  it("says what hinders a new execution most, and agrees with the quote", async () => {
    const { deployment, reader } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    const expectStatus = async (status: string, accepting: boolean) => {
      const version = { deployment, cluster, version: 1n };
      expect(await getVersionStatus(reader(kind), version)).to.equal(status);
      expect(await quote(reader(kind), version)).to.include({ accepting });
    };
    await expectStatus("Accepting", true);
    await restrictCluster(owner, { deployment, cluster });
    await expectStatus("Restricted", true);
    await closeCluster(owner, { deployment, cluster });
    await expectStatus("Closed", false);
    await closeCluster(owner, { deployment, cluster, closed: false });
    await stopVersion(owner, { deployment, cluster, version: 1n });
    await expectStatus("Stopped", false);
    expect(await getVersionStatus(reader(kind), { deployment, cluster, version: 2n })).to.equal("Unknown");
    expect(await getVersionStatus(reader(kind), { deployment, cluster: 999_999n, version: 1n })).to.equal(
      "Unknown",
    );
  });
});
