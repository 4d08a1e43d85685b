import { expect } from "chai";
import { it } from "mocha";
import { acceptInvitation } from "../../../sdk/src/actions/acceptInvitation.ts";
import { getGrant } from "../../../sdk/src/actions/getGrant.ts";
import { revokeInvitation } from "../../../sdk/src/actions/revokeInvitation.ts";
import { signInvitation } from "../../../sdk/src/actions/signInvitation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("revokeInvitation", (world, kind) => {
  it("makes an invitation worthless", async () => {
    const { deployment, connect } = world();
    const { model, owner } = await createTestCluster(world(), kind);
    const guest = await connect(kind);
    const grantee = guest.account.address;
    const named = { deployment, kind: "model", token: model, grantee } as const;
    const signed = await signInvitation(owner, named);
    const { invitation } = signed;
    await expectCode(revokeInvitation(guest, { deployment, invitation }), "PERMISSION_ROLE_MISSING");
    await revokeInvitation(owner, { deployment, invitation });
    await expectCode(acceptInvitation(guest, { deployment, ...signed }), "INVITATION_USED");
    expect((await getGrant(guest, named)).uses).to.equal(0);
  });
});
