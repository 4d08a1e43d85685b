import { expect } from "chai";
import { it } from "mocha";
import { acceptInvitation } from "../../../sdk/src/actions/acceptInvitation.ts";
import { getGrant } from "../../../sdk/src/actions/getGrant.ts";
import { signInvitation } from "../../../sdk/src/actions/signInvitation.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("acceptInvitation", (world, kind) => {
  it("works once, and only as it was signed", async () => {
    const { deployment, connect } = world();
    const { model, owner } = await createTestCluster(world(), kind);
    const guest = await connect(kind);
    const grantee = guest.account.address;
    const named = { deployment, kind: "model", token: model, grantee } as const;
    const signed = await signInvitation(owner, named);
    const changed = { ...signed, invitation: { ...signed.invitation, uses: 9 } };
    await expectCode(acceptInvitation(guest, { deployment, ...changed }), "INVITATION_SIGNATURE_INVALID");
    await acceptInvitation(guest, { deployment, ...signed });
    expect(await getGrant(guest, named)).to.deep.equal({ uses: 1, expiresAt: undefined });
    await expectCode(acceptInvitation(guest, { deployment, ...signed }), "INVITATION_USED");
  });
});
