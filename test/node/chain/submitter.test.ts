import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { type Hex, keccak256, parseTransaction, type TransactionSerialized, toHex } from "viem";
import type { Follower } from "../../../node/src/chain/followerTypes.ts";
import type { TransactionAttempt } from "../../../node/src/chain/journal.ts";
import { SPENDING_PERIOD_SECONDS } from "../../../node/src/chain/spending.ts";
import {
  FOREIGN_LOOKS_MAX,
  IN_FLIGHT_MAX,
  RAISES_MAX,
  type SubmissionResult,
} from "../../../node/src/chain/submitterTypes.ts";
import { accountOf } from "../../fixtures/chain.ts";
import { always, startFaultProxy, times } from "../../fixtures/faultProxy.ts";
import { failure, rpcOf, until } from "./helpers.ts";
import { createSubmitterWorld, FINAL_DEPTH, type SubmitterWorld, signerOf } from "./submitterWorld.ts";

describe("submitter", () => {
  let world: SubmitterWorld;

  before(async () => {
    world = await createSubmitterWorld();
  });
  after(() => world.stop());
  beforeEach(() => world.beforeEach());
  afterEach(() => world.afterEach());

  /** Lets blocks come until a promise is settled, as they come on a chain; `prepare` comes before each. */
  async function withBlocks<T>(promise: Promise<T>, prepare?: () => Promise<unknown>): Promise<T> {
    let isSettled = false;
    const settled = promise.finally(() => {
      isSettled = true;
    });
    settled.catch(() => undefined);
    while (!isSettled) {
      await prepare?.();
      await world.mine(1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return settled;
  }

  describe("sending", () => {
    it("simulates, journals, sends, and answers once the block is final", async () => {
      const { submitter, story, follower } = await world.live();
      const result = await withBlocks(submitter.submit(world.registerModel("one")));
      if (result.outcome !== "accepted") expect.fail(result.outcome);
      expect(result.inclusion.status).to.equal("success");
      expect(story).to.deep.equal(["0:intended", "0:sent", "0:mined", "0:final"]);
      expect((follower.head()?.number ?? 0n) - result.inclusion.blockNumber >= BigInt(FINAL_DEPTH)).to.equal(
        true,
      );
      expect(await world.modelCount()).to.equal(1n);
      const record = await world.record(0);
      expect(record?.inclusion?.transactionHash).to.equal(record?.attempts[0]?.hash);
      expect(submitter.status()).to.deep.include({
        state: "running",
        inFlight: 0,
        waiting: 0,
        alert: undefined,
      });
    });

    it("answers earlier to who wants to know that it is mined", async () => {
      const { submitter } = await world.live();
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
      expect((await world.record(0))?.state).to.equal("mined");
    });

    it("writes an attempt to the journal before anybody else sees it (N2)", async () => {
      const order: string[] = [];
      const journal = world.journal();
      const { recordIntended } = journal;
      const watched = {
        ...journal,
        async recordIntended(...args: Parameters<typeof recordIntended>) {
          const record = await recordIntended(...args);
          order.push(`journaled ${record.attempts[0]?.hash}`);
          return record;
        },
      };
      world.inject(({ method, params }) => {
        if (method === "eth_sendRawTransaction") order.push(`sent ${keccak256(params[0] as Hex)}`);
        return undefined;
      });
      const { submitter } = await world.live({ journal: watched });
      await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      const hash = (await world.record(0))?.attempts[0]?.hash;
      expect(order).to.deep.equal([`journaled ${hash}`, `sent ${hash}`]);
    });

    it("sends nothing that it cannot journal", async () => {
      const full = new PleiadError("no room", { code: "STORE_FULL", retryable: true });
      const journal = { ...world.journal(), recordIntended: () => Promise.reject(full) };
      const { submitter } = await world.live({ journal });
      await failure(submitter.submit(world.registerModel("one")), "STORE_FULL");
      expect(world.rawsSent()).to.deep.equal([]);
      expect(submitter.status().state).to.equal("running");
    });

    it("sends one after the other, in the order in which they were submitted", async () => {
      const { submitter } = await world.live();
      const requests = [0, 1, 2, 3, 4, 5].map((index) =>
        submitter.submit({ ...world.registerModel(`${index}`), until: "mined" }),
      );
      const results = await Promise.all(requests);
      expect(results.map((result) => (result.outcome === "accepted" ? result.nonce : -1))).to.deep.equal([
        0, 1, 2, 3, 4, 5,
      ]);
    });

    it("has at most a bounded number on the way (N1)", async () => {
      const { submitter } = await world.live();
      await world.setAutomine(false);
      const requests = Array.from({ length: IN_FLIGHT_MAX + 3 }, (_, index) =>
        submitter.submit({ ...world.registerModel(`${index}`), until: "mined" }),
      );
      await until(() => submitter.status().inFlight === IN_FLIGHT_MAX, "as many as allowed are on the way");
      await until(() => world.rawsSent().length === IN_FLIGHT_MAX, "they were sent");
      expect(submitter.status()).to.deep.include({ inFlight: IN_FLIGHT_MAX, waiting: 3 });
      const results = await withBlocks(Promise.all(requests));
      expect(results.every(({ outcome }) => outcome === "accepted")).to.equal(true);
      expect(await world.transactionCount()).to.equal(IN_FLIGHT_MAX + 3);
    });

    it("refuses what an untrue signer made of it", async () => {
      const honest = signerOf(accountOf(2));
      const untrue = {
        ...honest,
        signTransaction: (transaction: Parameters<typeof honest.signTransaction>[0]) =>
          honest.signTransaction({ ...transaction, to: accountOf(7).address, valueWei: 10n ** 18n }),
      };
      const first = await world.live({ signer: untrue });
      await failure(first.submitter.submit(world.registerModel("one")), "SIGNER_MISMATCH");
      await first.stop();
      const other = { ...signerOf(accountOf(3)), address: accountOf(2).address };
      const second = await world.live({ signer: other });
      await failure(second.submitter.submit(world.registerModel("one")), "SIGNER_MISMATCH");
      expect(world.rawsSent()).to.deep.equal([]);
      expect(await world.record(0)).to.equal(undefined);
    });
  });

  describe("before sending", () => {
    it("sends nothing that would revert: it is done, comes later, or calls for a person", async () => {
      const { submitter } = await world.live();
      const later = await failure(submitter.submit(world.expire(9n)), "SUBMISSION_NOT_YET");
      expect(later.retryable).to.equal(true);
      expect(later.details.reason).to.equal("EXECUTION_UNKNOWN");
      const withdraw = { to: world.deployment.clusterExecutions, purpose: "withdraw" };
      const account = BigInt(world.account).toString(16).padStart(64, "0");
      const done = await submitter
        .submit({ ...withdraw, data: `0xf3fef3a3${account}${account}` })
        .catch((error) => error);
      expect(done, "an unknown function").to.have.property("code", "SUBMISSION_REFUSED");
      const data = `0x${"ff".repeat(4)}` as const;
      const alert = await failure(submitter.submit({ ...withdraw, data }), "SUBMISSION_REFUSED");
      expect(alert.retryable).to.equal(false);
      expect(world.rawsSent()).to.deep.equal([]);
      expect(await world.record(0)).to.equal(undefined);
    });

    it("calls a request moot when what it wanted is done", async () => {
      const { submitter } = await world.live();
      const selector = keccak256(toHex("withdraw(uint8,uint256,address,address)")).slice(0, 10);
      const kind = "3".padStart(64, "0");
      const account = BigInt(world.account).toString(16).padStart(64, "0");
      const data = `${selector}${kind}${account}${"0".repeat(64)}${account}` as Hex;
      const request = { to: world.deployment.clusterExecutions, data, purpose: "withdraw" };
      const result = await submitter.submit(request);
      if (result.outcome !== "moot") expect.fail(result.outcome);
      expect(result.reason.code).to.equal("CREDIT_EMPTY");
      expect(world.rawsSent()).to.deep.equal([]);
    });

    it("waits for money, and keeps nothing in the journal that was never sent", async () => {
      const { submitter } = await world.live();
      await world.request("anvil_setBalance", [world.account, "0x1"]);
      const error = await failure(submitter.submit(world.registerModel("one")), "INSUFFICIENT_FUNDS");
      expect(error.retryable).to.equal(true);
      expect(await world.record(0)).to.equal(undefined);
      await world.request("anvil_setBalance", [world.account, toHex(10n ** 18n)]);
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
    });

    it("keeps what an endpoint refuses for want of money, and sends the same bytes when there is some", async () => {
      const { submitter } = await world.live();
      const lift = world.inject(
        always(
          { kind: "error", code: -32003, message: "Insufficient funds for gas * price + value" },
          "eth_sendRawTransaction",
        ),
      );
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await until(() => submitter.status().alert?.code === "INSUFFICIENT_FUNDS", "it says so");
      expect((await world.record(0))?.state).to.equal("intended");
      lift();
      expect((await submitted).outcome).to.equal("accepted");
      expect(world.rawsSent()).to.have.length(1);
      expect(submitter.status().alert).to.equal(undefined);
    });

    it("waits while gas costs more than the ceiling", async () => {
      const { submitter, follower } = await world.live({ feeGweiMax: 10 });
      await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(11n * 10n ** 9n)]);
      await world.mine(1);
      await until(() => (follower.newest()?.baseFeePerGasWei ?? 0n) > 10n ** 10n, "the base fee is seen");
      const error = await failure(submitter.submit(world.registerModel("one")), "FEE_ABOVE_CEILING");
      expect(error.retryable).to.equal(true);
      await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(10n ** 9n)]);
      await world.mine(1);
      await until(() => (follower.newest()?.baseFeePerGasWei ?? 0n) < 10n ** 10n, "the base fee is seen");
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
    });
  });

  describe("the day's limit", () => {
    /** What one transaction may cost at most, from the account's nonce `nonce`. */
    async function costWei(nonce = 0): Promise<bigint> {
      const first = await world.live();
      const result = await first.submitter.submit({
        ...world.registerModel(`model${nonce}`),
        until: "mined",
      });
      expect(result.outcome).to.equal("accepted");
      const attempt = (await world.record(nonce))?.attempts[0];
      if (attempt === undefined) throw new Error("nothing was sent");
      await first.stop();
      return attempt.gasLimit * attempt.maxFeePerGasWei;
    }

    async function passSeconds(follower: Follower, seconds: number): Promise<void> {
      const before = follower.head()?.timestamp ?? 0n;
      await world.request("evm_increaseTime", [toHex(seconds)]);
      await world.mine(1);
      const isSeen = () => (follower.head()?.timestamp ?? 0n) >= before + BigInt(seconds);
      await until(isSeen, "the chain's time has passed");
    }

    it("sends no more than the limit allows within a day of the chain, counts over restarts, and goes on by itself", async () => {
      const most = await costWei();
      const spent = await actualWei(0);
      const limit = { spendingLimitWei: spent + most, otherPercentMax: 100 };
      const second = await world.live(limit);
      expect(second.submitter.status()).to.include({ spentWei: spent, spendingLimitWei: spent + most });
      const result = await second.submitter.submit({ ...world.registerModel("two"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
      const error = await failure(
        second.submitter.submit(world.registerModel("three")),
        "SPENDING_LIMIT_REACHED",
      );
      expect(error.retryable).to.equal(true);
      expect(error.details).to.include({ limitWei: spent + most, spentWei: spent + (await actualWei(1)) });
      expect(second.submitter.status().alert?.code).to.equal("SPENDING_LIMIT_REACHED");
      await second.stop();

      const third = await world.live(limit);
      await failure(third.submitter.submit(world.registerModel("three")), "SPENDING_LIMIT_REACHED");
      await passSeconds(third.follower, SPENDING_PERIOD_SECONDS);
      const later = await third.submitter.submit({ ...world.registerModel("three"), until: "mined" });
      expect(later.outcome).to.equal("accepted");
      expect(third.submitter.status().alert).to.equal(undefined);
    });

    it("leaves settlements their half, whatever else is sent", async () => {
      const most = await costWei();
      const spent = await actualWei(0);
      const { submitter } = await world.live({ spendingLimitWei: 2n * spent + most });
      const error = await failure(submitter.submit(world.registerModel("two")), "SPENDING_LIMIT_REACHED");
      expect(error.details).to.include({ limitWei: spent + most / 2n, spentWei: spent });
      expect(submitter.status().alert, "no settlement is held up").to.equal(undefined);
      const completions = [{ execution: 1n, task: 0, node: 1n, outputDigest: keccak256("0x") }];
      const settlement = { ...world.registerModel("two"), completions, until: "mined" } as const;
      expect((await submitter.submit(settlement)).outcome).to.equal("accepted");
    });

    it("raises nothing beyond the limit, and says why", async () => {
      // The first model of an account costs more gas, so the second is what the third costs, at the same base fee.
      await costWei();
      await holdBaseFee();
      await world.mine(1);
      await holdBaseFee();
      const most = await costWei(1);
      // Exactly the third fits, and no raise of it does, however small.
      const { submitter } = await world.live({
        raiseAfterMs: 1_000,
        spendingLimitWei: (await actualWei(0)) + (await actualWei(1)) + most,
        otherPercentMax: 100,
      });
      await world.setAutomine(false);
      // Asks for a raise by 15 % while the base fee is as low as it was.
      const message = "max fee per gas less than block base fee";
      world.inject(times(1, "eth_sendRawTransaction", { kind: "error", code: -32000, message }));
      const submitted = submitter.submit({ ...world.registerModel("three"), until: "mined" });
      await until(async () => (await world.record(2))?.state === "sent", "it was sent");
      const alerted = until(
        () => submitter.status().alert?.code === "SPENDING_LIMIT_REACHED",
        "the limit is named",
      );
      await withBlocks(alerted, () =>
        world.request("anvil_setNextBlockBaseFeePerGas", [toHex(50n * 10n ** 9n)]),
      );
      expect((await world.record(2))?.attempts).to.have.length(1);
      await holdBaseFee();
      expect((await withBlocks(submitted)).outcome).to.equal("accepted");
    });

    const holdBaseFee = () => world.request("anvil_setNextBlockBaseFeePerGas", [toHex(10n ** 9n)]);

    async function actualWei(nonce: number): Promise<bigint> {
      const inclusion = (await world.record(nonce))?.inclusion;
      return (inclusion?.gasUsed ?? 0n) * (inclusion?.effectiveGasPriceWei ?? 0n);
    }
  });

  describe("faults of the endpoint", () => {
    it("sends the same bytes again when they were lost on the way (N3)", async () => {
      const { submitter } = await world.live();
      world.inject(times(6, "eth_sendRawTransaction", { kind: "drop" }));
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
      expect(world.rawsSent()).to.have.length(1);
      expect(await world.transactionCount()).to.equal(1);
    });

    it("finds a transaction that landed though nobody said so", async () => {
      const { submitter } = await world.live();
      world.inject(times(20, "eth_sendRawTransaction", { kind: "dropAnswer" }));
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result.outcome).to.equal("accepted");
      expect(world.rawsSent()).to.have.length(1);
      expect(await world.transactionCount()).to.equal(1);
      expect(await world.modelCount()).to.equal(1n);
    });

    it("sends the same bytes again when the pool has dropped them", async () => {
      const { submitter } = await world.live();
      await world.setAutomine(false);
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await until(async () => (await world.record(0))?.state === "sent", "it was sent");
      const hash = (await world.record(0))?.attempts[0]?.hash;
      // Counted first: the submitter may notice before the next line runs.
      const before = world.proxy.countOf("eth_sendRawTransaction");
      await world.request("anvil_dropTransaction", [hash]);
      await until(() => world.proxy.countOf("eth_sendRawTransaction") > before, "it was sent again");
      // Counted on its way: a block that is mined before it arrives is the last one for long.
      const isInPool = async () => (await world.request("eth_getTransactionByHash", [hash])) !== null;
      await until(isInPool, "it is in the pool again");
      await world.mine(1);
      expect((await submitted).outcome).to.equal("accepted");
      expect(world.rawsSent()).to.have.length(1);
    });

    it("carries on through an endpoint that fails now and then", async () => {
      const { submitter } = await world.live();
      let turn = 0;
      world.inject(() => {
        turn += 1;
        if (turn % 5 === 0) return { kind: "drop" };
        if (turn % 7 === 0) return { kind: "garbage", body: "{" };
        return turn % 9 === 0 ? { kind: "dropAnswer" } : undefined;
      });
      for (let index = 0; index < 5; index += 1) {
        const request = { ...world.registerModel(`${index}`), until: "mined" } as const;
        // Before anything is signed a failure is the caller's to repeat.
        const retried = async (): Promise<SubmissionResult> =>
          submitter
            .submit(request)
            .catch((error) => (isRetryable(error) ? retried() : Promise.reject(error)));
        expect((await retried()).outcome).to.equal("accepted");
      }
      expect(await world.transactionCount()).to.equal(5);
      expect(world.rawsSent()).to.have.length(5);
    });
  });

  describe("not mined", () => {
    function fees(attempts: readonly TransactionAttempt[] = []): readonly (readonly [bigint, bigint])[] {
      return attempts.map(({ maxFeePerGasWei, maxPriorityFeePerGasWei }) => [
        maxFeePerGasWei,
        maxPriorityFeePerGasWei,
      ]);
    }

    it("raises both fees of the same nonce by 15 % or more when it is not mined (N3)", async () => {
      const { submitter } = await world.live({ raiseAfterMs: 1_000 });
      await world.setAutomine(false);
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await until(async () => (await world.record(0))?.state === "sent", "it was sent");
      const result = await withBlocks(submitted, () =>
        world.request("anvil_setNextBlockBaseFeePerGas", [toHex(50n * 10n ** 9n)]),
      );
      expect(result.outcome).to.equal("accepted");
      const attempts = (await world.record(0))?.attempts ?? [];
      expect(attempts.length).to.be.within(2, 1 + RAISES_MAX);
      expect(attempts.every(({ purpose }) => purpose === "settle")).to.equal(true);
      for (const [index, [fee, tip]] of fees(attempts).entries()) {
        const [feeBefore, tipBefore] = fees(attempts)[index - 1] ?? [0n, 0n];
        expect(fee * 100n >= feeBefore * 115n && tip * 100n >= tipBefore * 115n, `attempt ${index}`).to.equal(
          true,
        );
      }
      const bodies = world.rawsSent().map((raw) => {
        const { nonce, to, data, gas } = parseTransaction(raw as TransactionSerialized<"eip1559">);
        return { nonce, to, data, gas };
      });
      for (const body of bodies) expect(body).to.deep.equal(bodies[0]);
      expect(await world.transactionCount()).to.equal(1);
    });

    it("raises three times at most, then uses the nonce up by a cancel", async () => {
      const { submitter } = await world.live({ raiseAfterMs: 500 });
      world.forgetSettlements();
      const result = await withBlocks(submitter.submit(world.registerModel("one")));
      if (result.outcome !== "givenUp") expect.fail(result.outcome);
      expect(result.reason.code).to.equal("NOT_MINED");
      const record = await world.record(0);
      const settles = record?.attempts.filter(({ purpose }) => purpose === "settle") ?? [];
      expect(settles).to.have.length(1 + RAISES_MAX);
      expect(record?.attempts.at(-1)?.purpose).to.equal("cancel");
      expect(record?.state).to.equal("cancelled");
      expect(await world.modelCount()).to.equal(0n);
      expect(await world.transactionCount()).to.equal(1);
    });

    it("does not raise while the chain stands still, nor above the ceiling", async () => {
      const { submitter } = await world.live({ raiseAfterMs: 100, feeGweiMax: 20 });
      await world.setAutomine(false);
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await until(async () => (await world.record(0))?.state === "sent", "it was sent");
      const before = world.proxy.countOf("eth_getTransactionByHash");
      await until(() => world.proxy.countOf("eth_getTransactionByHash") > before + 3, "it was looked after");
      expect((await world.record(0))?.attempts).to.have.length(1);
      for (let block = 0; block < 3; block += 1) {
        await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(50n * 10n ** 9n)]);
        await world.mine(1);
      }
      await until(() => submitter.status().alert?.code === "FEE_ABOVE_CEILING", "it says why it waits");
      expect((await world.record(0))?.attempts).to.have.length(1);
      await world.request("anvil_setNextBlockBaseFeePerGas", [toHex(10n ** 9n)]);
      expect((await withBlocks(submitted)).outcome).to.equal("accepted");
      for (const { maxFeePerGasWei } of (await world.record(0))?.attempts ?? []) {
        expect(maxFeePerGasWei <= 20n * 10n ** 9n).to.equal(true);
      }
    });
  });

  describe("reorganisations", () => {
    for (let depth = 1; depth <= 6; depth += 1) {
      it(`sends the same bytes again after a reorg of depth ${depth} removed them, and takes nothing for final before`, async () => {
        const { submitter, story } = await world.live();
        let isAnswered = false;
        const submitted = submitter.submit(world.registerModel("one")).finally(() => {
          isAnswered = true;
        });
        await until(() => story.includes("0:mined"), "it is mined");
        await world.mine(depth - 1);
        await until(() => story.at(-1) === "0:mined", "it is followed");
        await world.reorg(depth);
        await world.mine(1);
        await until(() => story.filter((line) => line === "0:mined").length === 2, "it is mined again");
        expect(story).to.include("0:sent");
        expect(isAnswered, "not final yet").to.equal(false);
        const result = await withBlocks(submitted);
        if (result.outcome !== "accepted") expect.fail(result.outcome);
        const block = await rpcOf(world.chain.rpcUrl).blockByNumber(result.inclusion.blockNumber);
        expect(block?.hash).to.equal(result.inclusion.blockHash);
        expect(block?.transactions).to.include(result.inclusion.transactionHash);
        expect(world.rawsSent(), "one set of bytes").to.have.length(1);
        expect(await world.transactionCount()).to.equal(1);
      });
    }

    it("does not take a receipt for final whose block is not the canonical one", async () => {
      const { submitter, story } = await world.live();
      let isAnswered = false;
      const submitted = submitter.submit(world.registerModel("one")).finally(() => {
        isAnswered = true;
      });
      await until(() => story.includes("0:mined"), "it is mined");
      const lift = world.inject(
        always(
          { kind: "lie", lie: (receipt) => ({ ...(receipt as object), blockHash: `0x${"ab".repeat(32)}` }) },
          "eth_getTransactionReceipt",
        ),
      );
      await world.mine(FINAL_DEPTH + 2);
      await until(() => story.filter((line) => line === "0:sent").length === 2, "it is taken for unmined");
      expect(isAnswered).to.equal(false);
      lift();
      expect((await withBlocks(submitted)).outcome).to.equal("accepted");
    });
  });

  describe("the policy", () => {
    it("takes nothing for final, however deep, whose block is not settled and agreed on (N6)", async () => {
      let isSettled = false;
      const asked: bigint[] = [];
      const { submitter, story } = await world.live({
        isSettled({ blockNumber }) {
          asked.push(blockNumber);
          return isSettled;
        },
      });
      const submitted = submitter.submit(world.registerModel("one"));
      await until(() => story.includes("0:mined"), "it is mined");
      await world.mine(FINAL_DEPTH + 2);
      await until(() => asked.length > 2, "it is asked for again and again");
      expect(story).to.not.include("0:final");
      isSettled = true;
      expect((await submitted).outcome).to.equal("accepted");
    });
  });

  describe("the account's nonces", () => {
    it("begins, with an empty journal, where the chain has counted to", async () => {
      await world.sendForeign();
      await world.sendForeign();
      const { submitter } = await world.live();
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result).to.deep.include({ outcome: "accepted", nonce: 2 });
    });

    it("begins, with an empty journal, after what waits in the pool: an earlier life may have sent it", async () => {
      await world.setAutomine(false);
      await world.sendForeign();
      const { submitter } = await world.live();
      const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
      submitted.catch(() => undefined);
      await until(() => world.rawsSent().length > 0, "it was sent");
      await world.mine(1);
      await world.setAutomine(true);
      expect(await submitted).to.deep.include({ outcome: "accepted", nonce: 1 });
    });

    it("stops at the first nonce that somebody else used", async () => {
      const { submitter } = await world.live();
      await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await world.sendForeign();
      const error = await failure(submitter.submit(world.registerModel("two")), "NONCE_FOREIGN");
      expect(error.details.nonce).to.equal(1);
      await failure(submitter.ended, "NONCE_FOREIGN");
      await failure(submitter.submit(world.registerModel("three")), "NONCE_FOREIGN");
      expect(world.rawsSent()).to.have.length(1);
    });

    it("stops at the start for the same reason, unless an operator says otherwise", async () => {
      const first = await world.live();
      await first.submitter.submit({ ...world.registerModel("one"), until: "mined" });
      await first.stop();
      await world.sendForeign();
      const second = await world.prepareLife();
      await second.follower.start();
      await failure(second.submitter.start(), "NONCE_FOREIGN");
      await second.stop();
      const third = await world.live({ foreignNonces: "adopt" });
      const result = await third.submitter.submit({ ...world.registerModel("two"), until: "mined" });
      expect(result).to.deep.include({ outcome: "accepted", nonce: 2 });
    });

    it("stops when somebody else's transaction took the place of its own, and frees the job when told to go on", async () => {
      const first = await world.live();
      await world.setAutomine(false);
      const submitted = first.submitter.submit(world.registerModel("one"));
      submitted.catch(() => undefined);
      await until(async () => (await world.record(0))?.state === "sent", "it was sent");
      await world.sendForeign({ nonce: 0, gweiPerGas: 50n });
      await world.mine(1);
      await world.setAutomine(true);
      await failure(submitted, "NONCE_FOREIGN");
      await first.stop();
      const second = await world.live({ foreignNonces: "adopt" });
      await withBlocks(until(async () => (await world.record(0))?.state === "replaced", "it was given up"));
      const result = await second.submitter.submit({ ...world.registerModel("two"), until: "mined" });
      expect(result).to.deep.include({ outcome: "accepted", nonce: 1 });
    });

    describe("where one of two endpoints counts one transaction too many", () => {
      const miscount = () =>
        world.inject(
          always({ kind: "lie", lie: (count) => toHex(Number(count) + 1) }, "eth_getTransactionCount"),
        );
      const both = () => ({ rpcUrls: [world.proxy.url, world.chain.rpcUrl] });

      it("goes on sending, with its own nonces", async () => {
        const { submitter } = await world.live(both());
        await submitter.submit({ ...world.registerModel("one"), until: "mined" });
        miscount();
        const result = await submitter.submit({ ...world.registerModel("two"), until: "mined" });
        expect(result).to.deep.include({ outcome: "accepted", nonce: 1 });
      });

      it("does not take what is on its way for lost", async () => {
        const { submitter } = await world.live(both());
        await world.setAutomine(false);
        const submitted = submitter.submit({ ...world.registerModel("one"), until: "mined" });
        submitted.catch(() => undefined);
        await until(async () => (await world.record(0))?.state === "sent", "it was sent");
        miscount();
        const counted = world.proxy.countOf("eth_getTransactionCount");
        await until(
          () => world.proxy.countOf("eth_getTransactionCount") > counted + 2 * FOREIGN_LOOKS_MAX,
          "it was looked for often enough",
        );
        await world.setAutomine(true);
        await world.mine(1);
        expect(await submitted).to.deep.include({ outcome: "accepted", nonce: 0 });
      });

      it("starts", async () => {
        const first = await world.live();
        await first.submitter.submit({ ...world.registerModel("one"), until: "mined" });
        await first.stop();
        miscount();
        const { submitter } = await world.live(both());
        const result = await submitter.submit({ ...world.registerModel("two"), until: "mined" });
        expect(result).to.deep.include({ outcome: "accepted", nonce: 1 });
      });

      it("begins, with an empty journal, once they agree", async () => {
        await world.sendForeign();
        const lift = miscount();
        const life = await world.prepareLife(both());
        await life.follower.start();
        const counted = world.proxy.countOf("eth_getTransactionCount");
        const started = life.submitter.start();
        await until(() => world.proxy.countOf("eth_getTransactionCount") > counted + 4, "it asked again");
        expect(life.submitter.status().state).to.equal("starting");
        lift();
        await started;
        const result = await life.submitter.submit({ ...world.registerModel("one"), until: "mined" });
        expect(result).to.deep.include({ outcome: "accepted", nonce: 1 });
      });

      it("does not give up as long as nobody else can be asked", async () => {
        const second = await startFaultProxy(world.chain.rpcUrl);
        try {
          const { submitter } = await world.live({ rpcUrls: [world.proxy.url, second.url] });
          await submitter.submit({ ...world.registerModel("one"), until: "mined" });
          miscount();
          const lift = second.inject(always({ kind: "drop" }));
          await failure(submitter.submit(world.registerModel("two")), "RPC_DISAGREEMENT");
          expect(submitter.status().state).to.equal("running");
          lift();
        } finally {
          await second.stop();
        }
      });

      it("still stops when both say so", async () => {
        const { submitter } = await world.live(both());
        await submitter.submit({ ...world.registerModel("one"), until: "mined" });
        await world.sendForeign();
        await failure(submitter.submit(world.registerModel("two")), "NONCE_FOREIGN");
        await failure(submitter.ended, "NONCE_FOREIGN");
      });
    });

    it("gives up what became pointless while it was down, and uses its nonce for the next", async () => {
      const kind = "3".padStart(64, "0");
      const selector = keccak256(toHex("withdraw(uint8,uint256,address,address)")).slice(0, 10);
      const account = BigInt(world.account).toString(16).padStart(64, "0");
      const raw = await signerOf(accountOf(2)).signTransaction({
        chainId: 31337,
        nonce: 0,
        to: world.deployment.clusterExecutions,
        data: `${selector}${kind}${account}${"0".repeat(64)}${account}` as Hex,
        valueWei: 0n,
        gasLimit: 100_000n,
        maxFeePerGasWei: 3n * 10n ** 9n,
        maxPriorityFeePerGasWei: 10n ** 9n,
      });
      const attempt = {
        raw,
        hash: keccak256(raw),
        purpose: "settle",
        completions: [],
        gasLimit: 100_000n,
        maxFeePerGasWei: 3n * 10n ** 9n,
        maxPriorityFeePerGasWei: 10n ** 9n,
      } as const;
      await world.journal().recordIntended({ account: world.account, nonce: 0 }, attempt);
      const { submitter } = await world.live();
      expect(await world.record(0)).to.deep.include({ state: "cancelled", inclusion: null });
      const result = await submitter.submit({ ...world.registerModel("one"), until: "mined" });
      expect(result).to.deep.include({ outcome: "accepted", nonce: 0 });
      const record = await world.record(0);
      expect(record?.attempts).to.have.length(2);
      expect(world.rawsSent()).to.deep.equal([record?.attempts[1]?.raw]);
    });

    it("fills a gap that would hold up the nonces above it", async () => {
      const { submitter, stop } = await world.live();
      await world.setAutomine(false);
      const names = ["one", "two"];
      const submitted = names.map((name) => submitter.submit(world.registerModel(name)));
      for (const promise of submitted) promise.catch(() => undefined);
      await until(async () => (await world.record(1))?.state === "sent", "both were sent");
      await stop();
      // As if nonce 0 had never been sent.
      await world
        .journal()
        .recordCancelled({ account: world.account, nonce: 0 }, { code: "TEST", message: "" });
      await world.request("anvil_dropTransaction", [(await world.record(0))?.attempts[0]?.hash]);
      await world.setAutomine(true);
      await world.live();
      await withBlocks(until(async () => (await world.record(1))?.state === "final", "the second is final"));
      const record = await world.record(0);
      expect(record?.attempts.map(({ purpose }) => purpose)).to.deep.equal(["settle", "cancel"]);
      expect(await world.modelCount()).to.equal(1n);
    });
  });

  it("rejects who waits when it stops, and carries on in the next life", async () => {
    const first = await world.live();
    await world.setAutomine(false);
    const submitted = first.submitter.submit(world.registerModel("one"));
    submitted.catch(() => undefined);
    await until(async () => (await world.record(0))?.state === "sent", "it was sent");
    await first.stop();
    await failure(submitted, "SUBMITTER_STOPPED");
    await failure(first.submitter.submit(world.registerModel("two")), "SUBMITTER_STOPPED");
    await world.setAutomine(true);
    await world.live();
    await withBlocks(until(async () => (await world.record(0))?.state === "final", "it is final"));
    expect(world.rawsSent()).to.have.length(1);
    expect(await world.modelCount()).to.equal(1n);
  });
});
