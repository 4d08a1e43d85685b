import { expect } from "chai";
import { it } from "mocha";
import { listDelegates } from "../../../sdk/src/actions/listDelegates.ts";
import { revokeDelegate } from "../../../sdk/src/actions/revokeDelegate.ts";
import { setDelegate } from "../../../sdk/src/actions/setDelegate.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("revokeDelegate", (world, kind) => {
  it("lets a delegate give its roles back", async () => {
    const { deployment, connect } = world();
    const { cluster, owner } = await createTestCluster(world(), kind);
    const delegate = await connect();
    const token = { deployment, kind: "cluster", token: cluster } as const;
    const account = delegate.account.address;
    await setDelegate(owner, { ...token, delegate: account, roles: ["submit"] });
    await revokeDelegate(delegate, { ...token, delegate: account });
    expect(await listDelegates(owner, token)).to.deep.equal([]);
    await expectCode(revokeDelegate(owner, { ...token, delegate: account }), "PERMISSION_UNKNOWN");
  });
});
