import { expect } from "chai";
import { it } from "mocha";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { describeClients } from "../support/world.ts";

describeClients("getCredit", (world, kind) => {
  it("is nothing for whoever has earned nothing", async () => {
    const { deployment, connect, reader } = world();
    const account = (await connect(kind)).account.address;
    expect(await getCredit(reader(kind), { deployment, kind: "Account", account })).to.equal(0n);
    expect(await getCredit(reader(kind), { deployment, kind: "Model", id: 999n })).to.equal(0n);
  });
});
