import { expect } from "chai";
import { it } from "mocha";
import { getGrant } from "../../../sdk/src/actions/getGrant.ts";
import { setGrant } from "../../../sdk/src/actions/setGrant.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setGrant", (world, kind) => {
  it("lets another owner's agents on a model, so many times", async () => {
    const { deployment, connect } = world();
    const { cluster, model, owner } = await createTestCluster(world(), kind);
    const grantee = "0x0000000000000000000000000000000000000077" as const;
    for (const [kind, token] of [
      ["model", model],
      ["cluster", cluster],
    ] as const) {
      const named = { deployment, kind, token, grantee };
      await setGrant(owner, { ...named, uses: 3, expiresAt: 4_000_000_000n });
      expect(await getGrant(owner, named)).to.deep.equal({ uses: 3, expiresAt: 4_000_000_000n });
      await setGrant(owner, { ...named, uses: 0 });
      expect(await getGrant(owner, named)).to.deep.equal({ uses: 0, expiresAt: undefined });
      await expectCode(setGrant(await connect(), { ...named, uses: 1 }), "PERMISSION_ROLE_MISSING");
    }
  });
});
