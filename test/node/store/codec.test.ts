import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Address, Hex } from "viem";
import type { JobRecord, TransactionRecord } from "../../../node/src/chain/journal.ts";
import {
  decodeRecord,
  encodeRecord,
  hash32Schema,
  isSameHex,
  jobSchema,
  transactionSchema,
} from "../../../node/src/store/codec.ts";

const SEED = 20_260_105;
const RUNS = { seed: SEED, numRuns: 300 };

const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf);
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hexOf) as fc.Arbitrary<Address>;
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const task = fc.integer({ min: 0, max: 65_535 });
const key = { execution: uint256, task };
const failed = { code: fc.string(), message: fc.string({ unit: "binary" }) };
const inclusion = { transactionHash: hash, blockNumber: uint256, blockHash: hash };
const transaction = { account: address, nonce: fc.nat() };
const timeMs = fc.maxSafeNat();

const jobArbitrary: fc.Arbitrary<JobRecord> = fc.record({
  ...key,
  state: fc.constantFrom("leased", "running", "signed", "sent", "mined", "final", "failed", "dropped"),
  contextHash: hash,
  lease: fc.record({
    id: fc.string(),
    attempt: fc.nat(),
    session: fc.string(),
    untilMs: timeMs,
    released: fc.boolean(),
  }),
  output: fc.option(fc.record({ digest: hash, bytes: fc.option(fc.uint8Array()) })),
  signed: fc.option(
    fc.record({
      completion: fc.record({
        ...key,
        contextHash: hash,
        outputDigest: hash,
        evidenceDigest: hash,
        node: uint256,
        tip: uint256,
      }),
      signature: fc.uint8Array().map(hexOf),
    }),
  ),
  transaction: fc.option(fc.record(transaction)),
  inclusion: fc.option(fc.record(inclusion)),
  failures: fc.array(fc.record({ ...failed, attempt: fc.nat(), atMs: timeMs })),
  end: fc.option(fc.record(failed)),
  updatedAtMs: timeMs,
});

const transactionArbitrary: fc.Arbitrary<TransactionRecord> = fc.record({
  ...transaction,
  state: fc.constantFrom("intended", "sent", "mined", "final", "replaced", "cancelled"),
  attempts: fc.array(
    fc.record({
      hash,
      raw: fc.uint8Array().map(hexOf),
      purpose: fc.constantFrom("settle", "cancel"),
      completions: fc.array(fc.record({ ...key, node: uint256, outputDigest: hash })),
      gasLimit: uint256,
      maxFeePerGasWei: uint256,
      maxPriorityFeePerGasWei: uint256,
    }),
  ),
  inclusion: fc.option(
    fc.record({
      ...inclusion,
      status: fc.constantFrom("success", "reverted"),
      gasUsed: uint256,
      effectiveGasPriceWei: uint256,
    }),
  ),
  end: fc.option(fc.record(failed)),
  begunAtSeconds: fc.option(fc.nat()),
  createdAtMs: timeMs,
  updatedAtMs: timeMs,
});

/** What a disk does to a payload. */
const throughJson = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload));

describe("records on disk", () => {
  it("give every job back as it was", () => {
    fc.assert(
      fc.property(jobArbitrary, (job) => {
        const payload = throughJson(encodeRecord(jobSchema, job));
        expect(decodeRecord("key", jobSchema, payload)).to.deep.equal(job);
      }),
      RUNS,
    );
  });

  it("give every transaction back as it was", () => {
    fc.assert(
      fc.property(transactionArbitrary, (record) => {
        const payload = throughJson(encodeRecord(transactionSchema, record));
        expect(decodeRecord("key", transactionSchema, payload)).to.deep.equal(record);
      }),
      RUNS,
    );
  });

  it("name key and field of a payload that has another shape", () => {
    fc.assert(
      fc.property(
        jobArbitrary,
        fc.constantFrom("execution", "contextHash", "lease", "state"),
        (job, field) => {
          const payload = throughJson(encodeRecord(jobSchema, job));
          const broken = { ...(payload as object), [field]: "neither this nor that" };
          expect(() => decodeRecord("job/1", jobSchema, broken))
            .to.throw("job/1")
            .with.property("code", "STORE_DAMAGED");
          expect(() => decodeRecord("job/1", jobSchema, broken)).to.throw(field);
        },
      ),
      RUNS,
    );
  });

  it("write one digest in one spelling", () => {
    const upper: Hex = `0x${"AB".repeat(32)}`;
    expect(encodeRecord(hash32Schema, upper)).to.equal(upper.toLowerCase());
    expect(isSameHex(upper, upper.toLowerCase() as Hex)).to.equal(true);
  });

  it("refuse to write what has another shape", () => {
    expect(() => encodeRecord(hash32Schema, "0x12")).to.throw();
  });
});
