import { existsSync, readdirSync, rmSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { ReadyWarning } from "../../../node/src/api/server.ts";
import type { FollowerStatus } from "../../../node/src/chain/followerTypes.ts";
import type { Signer } from "../../../node/src/chain/signer.ts";
import { createReadiness, READY_AGE_MS_MAX } from "../../../node/src/local/readiness.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { manualClock } from "../chain/helpers.ts";

const NEVER = () => Promise.reject(new Error("nobody signs here"));
const HASH = `0x${"ab".repeat(32)}` as const;
const FOLLOWING: FollowerStatus = {
  state: "following",
  head: undefined,
  newest: 7n,
  settled: undefined,
  error: undefined,
  isHinted: undefined,
};

function world(folder: string) {
  const clock = manualClock();
  const state: {
    follower: FollowerStatus;
    lied: boolean;
    checks: number;
    failure: Error | undefined;
    isAtWork: boolean;
    warnings: readonly ReadyWarning[];
  } = {
    follower: FOLLOWING,
    lied: false,
    checks: 0,
    failure: undefined,
    isAtWork: true,
    warnings: [],
  };
  const signer: Signer = {
    address: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    signTypedData: NEVER,
    signTransaction: NEVER,
    async check() {
      state.checks += 1;
      if (state.failure !== undefined) throw state.failure;
    },
  };
  const ready = createReadiness(
    { dataFolder: folder },
    {
      clock,
      follower: () => state.follower,
      signer,
      signerView: () => ({ lied: state.lied }),
      isAtWork: () => state.isAtWork,
      warnings: () => state.warnings,
    },
  );
  return { clock, state, ready };
}

describe("GET /ready", () => {
  it("is ready when the chain is followed, the data folder takes writes and the key can be used, and leaves nothing behind", async () => {
    await using folder = temporaryFolder();
    const { ready } = world(folder.path);
    const ok = { ok: true, reason: null };
    expect(await ready()).to.deep.equal({
      ready: true,
      checks: { chain: ok, store: ok, keys: ok, work: ok },
      warnings: [],
    });
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it("says of the chain in which state the follower is, at once, and why", async () => {
    await using folder = temporaryFolder();
    const { state, ready } = world(folder.path);
    await ready();
    const error = new PleiadError("RPC endpoint 1 (127.0.0.1) does not answer", {
      code: "RPC_TIMEOUT",
      retryable: true,
    });
    state.follower = { ...FOLLOWING, state: "failing", error };
    const { ready: isReady, checks } = await ready();
    expect(isReady).to.equal(false);
    expect(checks.chain?.reason).to.equal(
      "the follower is failing: RPC_TIMEOUT: RPC endpoint 1 (127.0.0.1) does not answer (it tries again)",
    );
    expect([checks.store?.ok, checks.keys?.ok]).to.deep.equal([true, true]);
  });

  it("says how far a catch-up is, and that work waits for it", async () => {
    await using folder = temporaryFolder();
    const { state, ready } = world(folder.path);
    state.isAtWork = false;
    state.follower = { ...FOLLOWING, state: "starting", newest: undefined };
    const reasonOf = async () => (await ready()).checks.chain?.reason;
    expect(await reasonOf()).to.equal("catching up: the chain has not told its newest block yet");
    state.follower = { ...FOLLOWING, state: "behind" };
    expect(await reasonOf()).to.equal("catching up: no block of 7 yet");
    const head = { number: 5n, hash: HASH, parentHash: HASH, timestamp: 1n };
    state.follower = { ...FOLLOWING, state: "replaying", head };
    expect(await reasonOf()).to.equal("catching up: block 5 of 7");
    state.follower = FOLLOWING;
    expect(await ready())
      .to.deep.include({ ready: false })
      .and.to.nested.include({
        "checks.chain.ok": true,
        "checks.work.reason": "starting: not at work yet",
      });
  });

  it("is ready with a warning, which it tells", async () => {
    await using folder = temporaryFolder();
    const { state, ready } = world(folder.path);
    state.warnings = [{ code: "ACCOUNT_EMPTY", message: "fund it" }];
    expect(await ready()).to.deep.include({ ready: true, warnings: state.warnings });
  });

  it("says of the store that it takes no writes, by the system's own word", async () => {
    await using folder = temporaryFolder();
    rmSync(folder.path, { recursive: true });
    const { ready } = world(folder.path);
    expect((await ready()).checks.store).to.deep.equal({
      ok: false,
      reason: "the data folder takes no writes: ENOENT",
    });
    expect(existsSync(folder.path)).to.equal(false);
  });

  it("says of the keys that the signer is away, or that it lied", async () => {
    await using folder = temporaryFolder();
    const { clock, state, ready } = world(folder.path);
    state.failure = new PleiadError("the signer at h is away", {
      code: "SIGNER_UNREACHABLE",
      retryable: true,
    });
    expect((await ready()).checks.keys?.reason).to.contain("SIGNER_UNREACHABLE");
    state.failure = undefined;
    state.lied = true;
    clock.advance(READY_AGE_MS_MAX + 1);
    expect((await ready()).checks.keys?.reason).to.contain("SIGNER_MISMATCH");
  });

  it("asks disk and signer again only after a while, however often it is asked itself", async () => {
    await using folder = temporaryFolder();
    const { clock, state, ready } = world(folder.path);
    for (let index = 0; index < 10; index++) await ready();
    expect(state.checks).to.equal(1);
    clock.advance(READY_AGE_MS_MAX + 1);
    await ready();
    expect(state.checks).to.equal(2);
  });
});
