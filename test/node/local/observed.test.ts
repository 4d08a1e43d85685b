import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { Address, Hex } from "viem";
import { chainFailure } from "../../../node/src/chain/errors.ts";
import type { Rpc } from "../../../node/src/chain/rpc.ts";
import type { Signer } from "../../../node/src/chain/signer.ts";
import { createMetrics, type Metrics } from "../../../node/src/local/daemonMetrics.ts";
import { createMoneyWatch, MONEY_AGE_MS_MAX } from "../../../node/src/local/moneyWatch.ts";
import { observeRpc, observeSigner } from "../../../node/src/local/observed.ts";
import { failure, manualClock } from "../chain/helpers.ts";

const ACCOUNT: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";

describe("what is watched", () => {
  let metrics: Metrics;
  const clock = manualClock();

  beforeEach(() => {
    metrics = createMetrics();
  });
  afterEach(() => metrics.stop());

  describe("a signer", () => {
    const definition = { domain: {}, types: {}, primaryType: "EIP712Domain", message: {} } as const;

    /** A signer that answers with what stands there, one after the other. */
    function signing(answers: readonly (Hex | PleiadError)[]) {
      const left = [...answers];
      const answer = async (): Promise<Hex> => {
        const next = left.shift();
        if (next instanceof PleiadError) throw next;
        return next ?? "0x";
      };
      const signer: Signer = { address: ACCOUNT, signTypedData: answer, signTransaction: answer };
      return observeSigner(signer, { metrics, clock });
    }

    it("behaves as before, and each signature is counted by what came of it", async () => {
      const away = chainFailure("SIGNER_TIMEOUT", "no answer");
      const { signer } = signing(["0x01", away, chainFailure("SIGNER_MISMATCH", "another")]);
      expect(signer.address).to.equal(ACCOUNT);
      expect(Object.isFrozen(signer)).to.equal(true);
      expect(await signer.signTypedData(definition)).to.equal("0x01");
      expect(await failure(signer.signTypedData(definition), "SIGNER_TIMEOUT")).to.equal(away);
      await failure(signer.signTypedData(definition), "SIGNER_MISMATCH");
      const text = await metrics.text();
      for (const outcome of ["signed", "failed", "lied"])
        expect(text).to.contain(`pleiad_signatures_total{outcome="${outcome}"} 1`);
      expect(text).to.contain("pleiad_signature_seconds_count 1");
    });

    it("that lied is known for it until it signs rightly again, and not for being away", async () => {
      const lie = chainFailure("SIGNER_MISMATCH", "another");
      const { signer, view } = signing([chainFailure("SIGNER_TIMEOUT", "no answer"), lie, "0x01"]);
      await failure(signer.signTypedData(definition), "SIGNER_TIMEOUT");
      expect(view().lied).to.equal(false);
      await failure(signer.signTypedData(definition), "SIGNER_MISMATCH");
      expect(view().lied).to.equal(true);
      await signer.signTypedData(definition);
      expect(view().lied).to.equal(false);
    });
  });

  describe("a chain", () => {
    const chain = (code?: "RPC_TIMEOUT" | "RPC_REVERTED") =>
      ({
        chainId: 5,
        balanceWei: async () => {
          if (code !== undefined) throw chainFailure(code, "no");
          return 7n;
        },
        known: () => "at once",
        withSignal: () => chain(code),
      }) as unknown as Rpc & { known(): string };

    it("behaves as before, and each question is counted by method and outcome, also behind a signal", async () => {
      const rpc = observeRpc(chain(), { metrics, clock });
      expect(rpc.chainId).to.equal(5);
      expect(await rpc.balanceWei(ACCOUNT)).to.equal(7n);
      expect(await rpc.withSignal(new AbortController().signal).balanceWei(ACCOUNT)).to.equal(7n);
      const failing = observeRpc(chain("RPC_TIMEOUT"), { metrics, clock });
      await failure(failing.balanceWei(ACCOUNT), "RPC_TIMEOUT");
      const text = await metrics.text();
      expect(text).to.contain('pleiad_rpc_requests_total{method="balanceWei",outcome="ok"} 2');
      expect(text).to.contain('pleiad_rpc_requests_total{method="balanceWei",outcome="RPC_TIMEOUT"} 1');
    });

    it("answered where it reverted, and was not asked where it knows by itself", async () => {
      const rpc = observeRpc(chain("RPC_REVERTED"), { metrics, clock }) as Rpc & { known(): string };
      await failure(rpc.balanceWei(ACCOUNT), "RPC_REVERTED");
      expect(rpc.known()).to.equal("at once");
      const text = await metrics.text();
      expect(text).to.contain('pleiad_rpc_requests_total{method="balanceWei",outcome="ok"} 1');
      expect(text).not.to.contain('method="known"');
    });
  });

  it("money is read no more often than its age allows, and is nothing, rather than 0, where the chain is away", async () => {
    let asked = 0;
    const rpc = {
      client: {},
      balanceWei: async () => 1n,
      transactionCount: async () => {
        asked += 1;
        throw chainFailure("RPC_TIMEOUT", "no answer");
      },
    } as unknown as Rpc;
    const options = { account: ACCOUNT, node: 1n, deployment: {} as never };
    const money = createMoneyWatch(options, { rpc, clock, currencies: () => [] });
    const read = await money.read();
    expect(read.money).to.equal(undefined);
    expect("error" in read && read.error.code).to.equal("RPC_TIMEOUT");
    await Promise.all([money.read(), money.read()]);
    expect(asked).to.equal(1);
    clock.advance(MONEY_AGE_MS_MAX + 1);
    await money.read();
    expect(asked).to.equal(2);
  });
});
