import { expect } from "chai";
import { it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { getBalance } from "viem/actions";
import { deploy } from "../../../sdk/src/actions/deploy.ts";
import { planDeployment } from "../../../sdk/src/actions/planDeployment.ts";
import { DEPLOYMENT_PLAN } from "../../../sdk/src/deployment/plan.ts";
import { plannedContracts } from "../../../sdk/src/deployment/plannedContracts.ts";
import { describeClients } from "../support/world.ts";

describeClients("planDeployment", (world, kind) => {
  it("tells what is missing, its gas and its cost, and the deployment comes to that", async () => {
    const { connect, reader } = world();
    const client = await connect(kind);
    const salt = keccak256(stringToHex(`plan ${kind}`));
    const preview = await planDeployment(reader(kind), { salt });
    expect(preview.factory.isThere).to.equal(true);
    expect(preview.contracts.map(({ name, address }) => [name, address])).to.deep.equal(
      plannedContracts({ salt }).map(({ name, address }) => [name, address]),
    );
    expect(preview.contracts.map(({ isThere }) => isThere)).to.deep.equal(DEPLOYMENT_PLAN.map(() => false));
    expect(preview.costWei).to.equal(preview.gas * preview.gasPriceWei);
    const before = await getBalance(client, client.account);
    await deploy(client, { salt });
    const paidWei = before - (await getBalance(client, client.account));
    // The price of gas moves between the two; by far less than this.
    expect(paidWei > preview.costWei / 2n && paidWei < 2n * preview.costWei).to.equal(true);
    const after = await planDeployment(reader(kind), { salt });
    expect(after.contracts.every(({ isThere }) => isThere)).to.equal(true);
    expect(after).to.include({ gas: 0n, costWei: 0n });
  });
});
