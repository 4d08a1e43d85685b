import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openStore, type Store } from "../../../node/src/store/open.ts";
import { setAside } from "../../../node/src/store/setAside.ts";
import {
  openWatermark,
  raiseWatermark,
  WATERMARK_FILE,
  WATERMARK_MARGIN_SECONDS,
} from "../../../node/src/store/watermark.ts";
import { fill } from "./folders.ts";
import { CHAIN, digest, failure, logger, temporaryFolder } from "./helpers.ts";

const NOW_SECONDS = 1_800_000_000;
const now = () => NOW_SECONDS * 1_000;
/** Beyond what the margin for clocks may bar. */
const LATER = BigInt(NOW_SECONDS + WATERMARK_MARGIN_SECONDS + 1);

const open = (dataFolder: string) => openStore({ ...CHAIN, dataFolder, now }, { logger });
const signingOf = (execution: bigint, createdAt: bigint, text = "output") => ({
  ...CHAIN,
  execution,
  task: 0,
  contextHash: digest(`context ${execution}`),
  outputDigest: digest(text),
  createdAt,
});
/** What `fill` has signed. */
const recordedOf = async ({ journal }: Store, execution: bigint, createdAt: bigint) => {
  const { outputDigest: _, ...context } = signingOf(execution, createdAt);
  const outputDigest = await journal.signings.digestOf(context);
  if (outputDigest === undefined) throw new Error(`nothing is on record for ${execution}`);
  return { ...context, outputDigest };
};

describe("the watermark", () => {
  it("isNotThere_whereTheMemoryHasNoGap_andThenNothingIsBarred", async () => {
    await using folder = await temporaryFolder();
    const store = await open(folder.path);
    expect(store.watermark.facts).to.equal(undefined);
    await store.watermark.seal({ timestamp: LATER, execution: 9n });
    await store.journal.signings.checkAndRecordSigning(signingOf(1n, 0n));
    expect(await readdir(folder.path)).not.to.include(WATERMARK_FILE);
    await store.close();
  });

  it("afterARestore_nothingIsSignedForExecutionsOfBefore_acrossRestarts_andNewOnesAre", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 3);
    await raiseWatermark(join(folder.path, WATERMARK_FILE), "restore", now());
    const first = await open(folder.path);
    // The chain was not seen yet: nobody knows what was created before.
    await failure(
      first.journal.signings.checkAndRecordSigning(signingOf(900n, LATER + 9n)),
      "SIGNING_BARRED",
    );
    await first.close();

    const second = await open(folder.path);
    await second.watermark.seal({ timestamp: LATER, execution: 20n });
    await second.close();
    for (const life of ["third", "fourth"]) {
      const store = await open(folder.path);
      const { signings } = store.journal;
      // What a later look at the chain says changes nothing any more.
      await store.watermark.seal({ timestamp: LATER + 1_000n, execution: 9_000n });
      for (const [execution, createdAt] of [
        [20n, LATER],
        [19n, 1n],
        [21n, LATER],
        // Mined again in a later block, after a reorganisation.
        [20n, LATER + 500n],
      ] as const) {
        const error = await failure(
          signings.checkAndRecordSigning(signingOf(execution, createdAt, life)),
          "SIGNING_BARRED",
        );
        expect(error.details, life).to.include({ execution });
      }
      const recorded = await recordedOf(store, 2n, 1n);
      await failure(signings.checkAndRecordSigning(recorded), "SIGNING_BARRED");
      const { createdAt: _, ...undated } = signingOf(21n, 0n);
      await failure(signings.checkAndRecordSigning(undated), "SIGNING_BARRED");
      await signings.checkAndRecordSigning(signingOf(21n, LATER + 1n, "one output"));
      await store.close();
    }
  });

  it("barsWhatThisMachinesClockSaysIsOfBefore_whereTheEndpointLagsBehind", async () => {
    await using folder = await temporaryFolder();
    await raiseWatermark(join(folder.path, WATERMARK_FILE), "restore", now());
    const store = await open(folder.path);
    await store.watermark.seal({ timestamp: 5n, execution: 0n });
    const { signings } = store.journal;
    await failure(signings.checkAndRecordSigning(signingOf(7n, LATER - 1n)), "SIGNING_BARRED");
    await signings.checkAndRecordSigning(signingOf(8n, LATER));
    await store.close();
  });

  it("afterADatabaseWasSetAside_onlyWhatIsOnRecordIsSignedForExecutionsOfBefore", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 3);
    await setAside(folder.path, { now });
    const first = await open(folder.path);
    await first.watermark.seal({ timestamp: LATER, execution: 3n });
    await first.close();
    const store = await open(folder.path);
    const { signings } = store.journal;
    await signings.checkAndRecordSigning(await recordedOf(store, 2n, 1n));
    await failure(signings.checkAndRecordSigning(signingOf(2n, 1n, "another")), "SIGNING_CONFLICT");
    await failure(signings.checkAndRecordSigning(signingOf(40n, LATER)), "SIGNING_BARRED");
    await signings.checkAndRecordSigning(signingOf(41n, LATER + 1n));
    await store.close();
  });

  it("isOnlyEverRaised_andTheStricterReasonStays", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, WATERMARK_FILE);
    await raiseWatermark(path, "restore", now());
    const first = await openWatermark(path, { logger, now });
    await first.seal({ timestamp: LATER + 100n, execution: 50n });
    await raiseWatermark(path, "rebuild", now() - 5_000_000);
    const second = await openWatermark(path, { logger, now });
    expect(second.barrierOf({ execution: 1_000n, createdAt: LATER + 999n })).to.equal("everything");
    await second.seal({ timestamp: 3n, execution: 4n });
    expect(second.barrierOf({ execution: 50n, createdAt: LATER + 999n })).to.equal("everything");
    expect(second.barrierOf({ execution: 51n, createdAt: LATER + 100n })).to.equal("everything");
    expect(second.barrierOf({ execution: 51n, createdAt: LATER + 101n })).to.equal("none");
  });

  it("thatIsDamaged_isPutAway_andEverythingUpToNowIsBarred", async () => {
    await using folder = await temporaryFolder();
    await fill(folder.path, 1);
    const path = join(folder.path, WATERMARK_FILE);
    for (const content of ["", "{}", "not json"]) {
      await writeFile(path, content);
      const store = await open(folder.path);
      expect(store.watermark.facts, content).to.include({ reason: "restore", isSealed: false });
      await failure(store.journal.signings.checkAndRecordSigning(signingOf(9n, LATER)), "SIGNING_BARRED");
      await store.close();
    }
    expect(
      (await readdir(folder.path)).filter((name) => name.startsWith(`${WATERMARK_FILE}.damaged-`)),
    ).to.have.length(3);
    expect(JSON.parse(await readFile(path, "utf8")).about).to.contain("second answer");
  });
});
