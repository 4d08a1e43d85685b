import { expect } from "chai";
import { describe, it } from "mocha";
import type { Address } from "viem";
import { BACKENDS } from "./backends.ts";
import { CHAIN, digest, failure } from "./helpers.ts";

const SIGNING = {
  ...CHAIN,
  execution: 7n,
  task: 1,
  contextHash: digest("context"),
  outputDigest: digest("one"),
};
const OTHER = { ...SIGNING, outputDigest: digest("two") };

for (const [name, open] of BACKENDS) {
  describe(`signing journal ${name}`, () => {
    it("never records two outputs for one context", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const error = await failure(signings.checkAndRecordSigning(OTHER), "SIGNING_CONFLICT");
      expect(error.retryable).to.equal(false);
      expect(error.details.recorded).to.equal(SIGNING.outputDigest);
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
    });

    it("takes the same output again, and after a restart, where another is still refused", async () => {
      await using test = await open();
      await test.store.journal.signings.checkAndRecordSigning(SIGNING);
      const { signings } = (await test.restart()).journal;
      await signings.checkAndRecordSigning(SIGNING);
      await failure(signings.checkAndRecordSigning(OTHER), "SIGNING_CONFLICT");
    });

    it("lets exactly one of two outputs through when both come at once", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      const results = await Promise.allSettled([
        signings.checkAndRecordSigning(SIGNING),
        signings.checkAndRecordSigning(OTHER),
      ]);
      expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
    });

    it("keeps chain, contract, execution, task and context apart", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const contract: Address = "0x0000000000000000000000000000000000000001";
      for (const change of [
        { chainId: 1 },
        { contract },
        { execution: 8n },
        { task: 2 },
        { contextHash: digest("other context") },
      ]) {
        await signings.checkAndRecordSigning({ ...OTHER, ...change });
      }
      expect(await signings.digestOf(SIGNING)).to.equal(SIGNING.outputDigest);
      expect(await signings.digestOf({ ...SIGNING, execution: 9n })).to.equal(undefined);
    });

    it("knows one context and one output under any spelling", async () => {
      await using test = await open();
      const { signings } = test.store.journal;
      await signings.checkAndRecordSigning(SIGNING);
      const upper = (text: string) => `0x${text.slice(2).toUpperCase()}` as const;
      await signings.checkAndRecordSigning({
        ...SIGNING,
        contract: upper(SIGNING.contract),
        contextHash: upper(SIGNING.contextHash),
        outputDigest: upper(SIGNING.outputDigest),
      });
      await failure(
        signings.checkAndRecordSigning({ ...OTHER, contextHash: upper(SIGNING.contextHash) }),
        "SIGNING_CONFLICT",
      );
    });
  });
}
