import { expect } from "chai";
import { it } from "mocha";
import { zeroAddress } from "viem";
import { approveCurrency } from "../../../sdk/src/actions/approveCurrency.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { getCredit } from "../../../sdk/src/actions/getCredit.ts";
import { getExecution } from "../../../sdk/src/actions/getExecution.ts";
import { listCreditCurrencies } from "../../../sdk/src/actions/listCreditCurrencies.ts";
import { quote } from "../../../sdk/src/actions/quote.ts";
import { submitCompletions } from "../../../sdk/src/actions/submitCompletions.ts";
import { withdraw } from "../../../sdk/src/actions/withdraw.ts";
import { createTestCluster, FEE_WEI, PRICE_WEI, signedRun } from "../support/cluster.ts";
import { createTokenCluster, mintToken, TOKEN_QUOTE_WEI } from "../support/token.ts";
import { describeClients } from "../support/world.ts";

describeClients("listCreditCurrencies", (world, kind) => {
  it("has the chain's own currency alone where nothing else was ever agreed on", async () => {
    const { deployment, reader, connect } = world();
    const { node, model, cluster } = await createTestCluster(world());
    const stranger = (await connect(kind)).account.address;
    const list = (of: Parameters<typeof listCreditCurrencies>[1]) => listCreditCurrencies(reader(kind), of);
    expect(await list({ deployment, kind: "Node", id: node })).to.deep.equal([zeroAddress]);
    expect(await list({ deployment, kind: "Model", id: model })).to.deep.equal([zeroAddress]);
    expect(await list({ deployment, kind: "Cluster", id: cluster })).to.deep.equal([zeroAddress]);
    expect(await list({ deployment, kind: "Account", account: stranger })).to.deep.equal([zeroAddress]);
  });
  it("finds the token of a run that was paid, settled, credited and withdrawn in it", async () => {
    const { deployment, connect } = world();
    const built = await createTokenCluster(world(), kind);
    const { cluster, currency, node, model, owner } = built;
    const [requester, relayer] = [await connect(kind), await connect(kind)];
    const price = await quote(requester, { deployment, cluster });
    expect(price).to.include({ totalWei: TOKEN_QUOTE_WEI, accepting: true });
    await mintToken(requester, currency, TOKEN_QUOTE_WEI);
    await approveCurrency(requester, { deployment, currency: price.currency, amountWei: price.totalWei });
    const { execution } = await execute(requester, { deployment, cluster, input: "a document" });
    const view = await getExecution(requester, { deployment, execution });
    expect(view.escrowWei).to.equal(TOKEN_QUOTE_WEI);
    const { inputDigest } = view.created;
    const items = await signedRun(world(), built, { execution, inputDigest });
    await submitCompletions(relayer, { deployment, items });
    const nodeWei = (PRICE_WEI * 3n * 8n) / 10n;
    const earned = [
      [{ kind: "Node", id: node }, nodeWei],
      [{ kind: "Model", id: model }, 3n * PRICE_WEI - nodeWei],
      [{ kind: "Cluster", id: cluster }, FEE_WEI],
    ] as const;
    for (const [credit, amountWei] of earned) {
      const currencies = await listCreditCurrencies(owner, { deployment, ...credit });
      expect(currencies, credit.kind).to.deep.equal([zeroAddress, currency]);
      expect(await getCredit(owner, { deployment, ...credit, currency }), credit.kind).to.equal(amountWei);
      expect(await getCredit(owner, { deployment, ...credit }), "nothing of the chain's own").to.equal(0n);
      const taken = await withdraw(owner, { deployment, ...credit, currency });
      expect(taken.amountWei).to.equal(amountWei);
      expect(await getCredit(owner, { deployment, ...credit, currency })).to.equal(0n);
    }
    const account = requester.account.address;
    const ofRequester = await listCreditCurrencies(requester, { deployment, kind: "Account", account });
    expect(ofRequester).to.deep.equal([zeroAddress, currency]);
  });
});
