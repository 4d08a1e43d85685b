import { expect } from "chai";
import { it } from "mocha";
import { getGrant } from "../../../sdk/src/actions/getGrant.ts";
import { createTestCluster } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("getGrant", (world, kind) => {
  it("reads none where there is none", async () => {
    const { deployment } = world();
    const { model, owner } = await createTestCluster(world(), kind);
    const grantee = owner.account.address;
    const named = { deployment, kind: "model", token: model, grantee } as const;
    expect(await getGrant(owner, named)).to.deep.equal({ uses: 0, expiresAt: undefined });
    expect((await getGrant(owner, { ...named, token: 9_999n })).uses).to.equal(0);
  });
});
