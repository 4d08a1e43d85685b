import { expect } from "chai";
import { it } from "mocha";
import { acceptInvitation } from "../../../sdk/src/actions/acceptInvitation.ts";
import { getGrant } from "../../../sdk/src/actions/getGrant.ts";
import { signInvitation } from "../../../sdk/src/actions/signInvitation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("signInvitation", (world, kind) => {
  it("signs what the grantee can bring along, for any kind of client", async () => {
    const { deployment, connect } = world();
    const { model, owner } = await createTestCluster(world(), kind);
    const guest = await connect(kind);
    const grantee = guest.account.address;
    const named = { deployment, kind: "model", token: model, grantee } as const;
    const first = await signInvitation(owner, { ...named, uses: 2 });
    const second = await signInvitation(owner, { ...named, uses: 2 });
    expect(first.signer).to.equal(owner.account.address);
    expect(first.invitation.nonce).to.not.equal(second.invitation.nonce);
    for (const signed of [first, second]) await acceptInvitation(guest, { deployment, ...signed });
    expect((await getGrant(guest, named)).uses).to.equal(4);
    await expectCode(signInvitation(owner, { ...named, token: 9_999n }), "ERC721_NONEXISTENT_TOKEN");
  });
});
