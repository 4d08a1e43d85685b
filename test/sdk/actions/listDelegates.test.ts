import { expect } from "chai";
import { it } from "mocha";
import { listDelegates } from "../../../sdk/src/actions/listDelegates.ts";
import { setDelegate } from "../../../sdk/src/actions/setDelegate.ts";
import { createTestCluster } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("listDelegates", (world, kind) => {
  it("lists roles and expiry, for each kind of token", async () => {
    const { deployment } = world();
    const { cluster, model, node, agents, owner } = await createTestCluster(world(), kind);
    const tokens = [
      ["cluster", cluster],
      ["model", model],
      ["node", node],
      ["agent", agents[0] ?? 0n],
    ] as const;
    const account = "0x0000000000000000000000000000000000000077" as const;
    for (const [index, [of, token]] of tokens.entries()) {
      const expiresAt = 4_000_000_000n + BigInt(index);
      const named = { deployment, kind: of, token };
      await setDelegate(owner, { ...named, delegate: account, roles: ["grant"], expiresAt });
      expect(await listDelegates(owner, named), of).to.deep.equal([{ account, roles: ["grant"], expiresAt }]);
    }
    const unknown = { deployment, kind: "cluster", token: 9_999n } as const;
    expect(await listDelegates(owner, unknown)).to.deep.equal([]);
    const setting = setDelegate(owner, { ...unknown, delegate: account, roles: ["edit"] });
    await expectCode(setting, "ERC721_NONEXISTENT_TOKEN");
  });
});
