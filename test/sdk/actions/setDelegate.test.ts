import { expect } from "chai";
import { it } from "mocha";
import { closeCluster } from "../../../sdk/src/actions/closeCluster.ts";
import { listDelegates } from "../../../sdk/src/actions/listDelegates.ts";
import { revokeDelegate } from "../../../sdk/src/actions/revokeDelegate.ts";
import { setDelegate } from "../../../sdk/src/actions/setDelegate.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setDelegate", (world, kind) => {
  it("lets somebody edit for the owner, until revoked", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    const delegate = await connect();
    const token = { deployment, kind: "cluster", token: cluster } as const;
    const account = delegate.account.address;
    await setDelegate(owner, { ...token, delegate: account, roles: ["edit", "withdraw"] });
    expect(await listDelegates(owner, token)).to.deep.equal([
      { account, roles: ["edit", "withdraw"], expiresAt: undefined },
    ]);
    await closeCluster(delegate, { deployment, cluster });
    await revokeDelegate(owner, { ...token, delegate: account });
    await expectCode(closeCluster(delegate, { deployment, cluster }), "CLUSTER_NOT_OWNED");
    await expectCode(
      setDelegate(delegate, { ...token, delegate: account, roles: ["edit"] }),
      "PERMISSION_NOT_OWNER",
    );
    await expectCode(
      setDelegate(owner, { ...token, delegate: account, roles: [] }),
      "PERMISSION_ROLES_INVALID",
    );
  });
});
