import { decodeEvidence } from "@pleiad/sdk/actions/decodeEvidence";
import { PleiadError } from "@pleiad/sdk/errors";
import { EVIDENCE_FORMAT } from "@pleiad/sdk/types/evidence";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, type Hex, keccak256, stringToBytes, zeroHash } from "viem";
import type { Journal } from "../../../node/src/chain/journal.ts";
import { traceIdOf } from "../../../node/src/chain/traceId.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { type JobResult, OUTPUT_BYTES_MAX, runJob } from "../../../node/src/work/jobRunner.ts";
import type { Answerer, ExecutionFacts, Gossip, VersionFacts } from "../../../node/src/work/ports.ts";
import { logger, manualClock } from "../chain/helpers.ts";
import { contextOf } from "./completions.ts";
import { createFakeChain } from "./fakeChain.ts";
import { CHAIN } from "./world.ts";

const NODE = 1n;

interface Change {
  readonly answer?: Answerer["answer"];
  readonly journal?: (journal: Journal) => Journal;
  readonly sign?: () => Promise<Hex>;
  readonly settled?: boolean;
  /** The input is a blob, which has to be read or fetched. */
  readonly inputAsBlob?: boolean;
  readonly outputsByReference?: boolean;
  readonly attemptsMax?: number;
  readonly tipShareBps?: number;
}

/** One task of one execution, to be run as often as a test likes. */
async function setUp() {
  const chain = createFakeChain({ nodes: [NODE] }, { clock: manualClock() });
  const execution = chain.execute({ dependsOn: [0], pricesWei: [1_001n] });
  const facts = chain.view.execution(execution) as ExecutionFacts;
  const version: VersionFacts = await chain.view.version(1n, execution);
  const { journal } = await createMemoryStore(CHAIN);
  const blobs = new Map<Hex, Uint8Array>();
  const steps: string[] = [];
  const contextHash = contextOf(chain, execution, 0, []);
  const stop = new AbortController();

  const run = (change: Change = {}): Promise<JobResult> =>
    runJob(
      {
        facts: {
          ...facts,
          input: change.inputAsBlob === true ? undefined : facts.input,
          settled: change.settled ?? true,
          outputsByReference: change.outputsByReference ?? false,
        },
        version,
        runnable: { task: 0, rank: 0, contextHash },
        dependencies: new Map(),
        signal: stop.signal,
      },
      {
        node: NODE,
        ...CHAIN,
        attemptsMax: change.attemptsMax ?? 3,
        leaseMs: 1_000,
        tipShareBps: change.tipShareBps ?? 0,
      },
      {
        journal: noting(change.journal?.(journal) ?? journal, steps),
        blobs: {
          get: async (digest) => blobs.get(digest),
          async put(bytes) {
            steps.push("blob");
            blobs.set(keccak256(bytes), bytes);
            return keccak256(bytes);
          },
        },
        gossip: {} as Gossip,
        answerer: {
          canAnswer: () => true,
          answer: async (question, options) => {
            steps.push("ask");
            return (change.answer ?? (async () => stringToBytes("an answer")))(question, options);
          },
        },
        signer: {
          async signTypedData() {
            steps.push("sign");
            return change.sign?.() ?? `0x${"33".repeat(65)}`;
          },
        },
        logger,
        clock: manualClock(),
      },
    );
  const job = async () => (await journal.jobs.get({ execution, task: 0 })) ?? expect.fail("there is no job");
  const context = { ...CHAIN, execution, task: 0, contextHash };
  return { run, job, journal, blobs, steps, stop, context };
}

/** Writes down the journal's steps, in order. */
function noting(journal: Journal, steps: string[]): Journal {
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function" || name === "get" || name === "digestOf") return value;
        return (...args: unknown[]) => {
          steps.push(String(name));
          return value.apply(target, args) as unknown;
        };
      },
    });
  return { jobs: wrap(journal.jobs), transactions: journal.transactions, signings: wrap(journal.signings) };
}

const agentFailure = (code: string, retryable: boolean) => async () => {
  throw new PleiadError("the agent failed", { code, retryable });
};

describe("runJob", () => {
  it("everyStep_isInTheJournalBeforeTheNext", async () => {
    const { run, steps, job } = await setUp();
    const result = await run();
    expect(result.kind).to.equal("signed");
    expect(steps).to.deep.equal([
      "lease",
      "recordRunning",
      "ask",
      "recordOutput",
      "checkAndRecordSigning",
      "sign",
      "recordSigned",
    ]);
    expect((await job()).state).to.equal("signed");
  });

  it("aJobIsRunningFromItsLeaseOn_whereNothingHasToBeFetched", async () => {
    for (const inputAsBlob of [false, true]) {
      const { run, journal, blobs } = await setUp();
      const input = stringToBytes("input");
      if (inputAsBlob) blobs.get = () => input;
      const states: unknown[] = [];
      const watched: Journal = {
        ...journal,
        jobs: {
          ...journal.jobs,
          async lease(key, request) {
            const job = await journal.jobs.lease(key, request);
            states.push(job.state);
            return job;
          },
        },
      };
      await run({ inputAsBlob, journal: () => watched });
      expect(states).to.deep.equal([inputAsBlob ? "leased" : "running"]);
    }
  });

  it("anOutputThatMayBeGivenByReference_isKeptAsABlobFirst", async () => {
    const { run, steps } = await setUp();
    await run({ outputsByReference: true });
    expect(steps.indexOf("blob")).to.be.greaterThan(-1).and.lessThan(steps.indexOf("recordOutput"));
  });

  it("aTip_isAShareOfTheNodesOwnEarnings_andPartOfWhatIsSigned", async () => {
    // Of 1,001 the node has 800.
    for (const [tipShareBps, tip] of [
      [0, 0n],
      [1, 0n],
      [1_250, 100n],
      [10_000, 800n],
    ] as const) {
      const { run, job } = await setUp();
      const result = await run({ tipShareBps });
      expect(result.kind === "signed" && result.message.completion.tip, `${tipShareBps} bps`).to.equal(tip);
      expect((await job()).signed?.completion.tip, `${tipShareBps} bps`).to.equal(tip);
    }
  });

  it("theTip_isDecidedWithTheOutput_andTheSame_whateverTheConfigurationSaysLater", async () => {
    const { run, job } = await setUp();
    // A power cut takes a signature back that was shown already: what is signed again has to be the same.
    const unsettled = await run({ tipShareBps: 1_000, settled: false });
    expect(unsettled.kind).to.equal("unsettled");
    expect((await job()).output?.tipWei).to.equal(80n);
    const signed = await run({ tipShareBps: 5_000 });
    expect(signed.kind === "signed" && signed.message.completion.tip).to.equal(80n);
  });

  it("anOutputFromBeforeThereWereTips_isSignedWithoutOne", async () => {
    const { run, job } = await setUp();
    await run({ settled: false });
    expect((await job()).output).to.not.have.property("tipWei");
    const signed = await run({ tipShareBps: 5_000 });
    expect(signed.kind === "signed" && signed.message.completion.tip).to.equal(0n);
  });

  it("aJobThatIsSigned_answersWithTheSameSignature", async () => {
    const { run, steps } = await setUp();
    const first = await run();
    steps.length = 0;
    expect(await run()).to.deep.equal(first);
    expect(steps).to.deep.equal([]);
  });

  it("anAgentIsToldItsLimits", async () => {
    const { run } = await setUp();
    let told: unknown;
    await run({
      answer: async (question, { timeoutMs, outputBytesMax, job }) => {
        told = { request: bytesToString(question.request), timeoutMs, outputBytesMax, job };
        return stringToBytes("an answer");
      },
    });
    expect(told).to.deep.equal({
      request: "input 1",
      timeoutMs: 1_000,
      outputBytesMax: OUTPUT_BYTES_MAX,
      job: "1-0",
    });
  });

  it("anExecutionThatIsNotDeepEnough_isAnsweredButNotSigned", async () => {
    const { run, steps, job } = await setUp();
    expect((await run({ settled: false })).kind).to.equal("unsettled");
    expect(steps).to.not.include("sign");
    expect((await job()).output).to.not.equal(null);
    expect((await run()).kind).to.equal("signed");
    expect(steps.filter((step) => step === "ask")).to.have.length(1);
  });

  it("aSignerThatIsAway_isAskedAgain_withoutTheAgent", async () => {
    const { run, steps } = await setUp();
    const away = await run({
      sign: () => Promise.reject(new PleiadError("away", { code: "SIGNER_AWAY", retryable: true })),
    });
    expect(away.kind).to.equal("later");
    expect((await run()).kind).to.equal("signed");
    expect(steps.filter((step) => step === "ask")).to.have.length(1);
  });

  it("aConflict_failsTheJobWithItsOwnReason_whateverFailedBefore", async () => {
    const { run, job, journal, context, steps } = await setUp();
    expect((await run({ answer: agentFailure("AGENT_FAILED", true) })).kind).to.equal("later");
    const outputDigest = keccak256(stringToBytes("another answer"));
    await journal.signings.checkAndRecordSigning({ ...context, outputDigest });
    expect(await run()).to.deep.equal({ kind: "failed", code: "SIGNING_CONFLICT" });
    expect(steps).to.not.include("sign");
    expect((await job()).end?.code).to.equal("SIGNING_CONFLICT");
    expect(await run(), "and stays failed").to.deep.equal({ kind: "failed", code: "SIGNING_CONFLICT" });
  });

  it("whatWasSignedInALostLife_isSignedAgain_withoutTheAgent", async () => {
    const { run, journal, blobs, context, steps } = await setUp();
    const bytes = stringToBytes("what it said then");
    blobs.set(keccak256(bytes), bytes);
    await journal.signings.checkAndRecordSigning({ ...context, outputDigest: keccak256(bytes) });
    const result = await run();
    expect(result.kind === "signed" ? result.message.output : undefined).to.deep.equal(bytes);
    expect(steps).to.not.include("ask");
  });

  it("attempts_areCounted_andTheLastFailureIsTheReason", async () => {
    const { run, job } = await setUp();
    expect((await run({ answer: agentFailure("AGENT_HTTP_LIMITED", true), attemptsMax: 2 })).kind).to.equal(
      "later",
    );
    const last = await run({ answer: agentFailure("AGENT_HTTP_UNREACHABLE", true), attemptsMax: 2 });
    expect(last).to.deep.equal({ kind: "failed", code: "AGENT_HTTP_UNREACHABLE" });
    expect((await job()).failures.map(({ code }) => code)).to.deep.equal([
      "AGENT_HTTP_LIMITED",
      "AGENT_HTTP_UNREACHABLE",
    ]);
  });

  it("aStoppedJob_givesItsAttemptBack", async () => {
    const { run, job, stop } = await setUp();
    const running = run({
      answer: (_question, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          stop.abort(new PleiadError("enough", { code: "JOB_STOPPED" }));
        }),
    });
    expect((await running).kind).to.equal("stopped");
    const { lease, failures } = await job();
    expect(lease).to.include({ released: true, attempt: 0 });
    expect(failures).to.deep.equal([]);
  });

  it("aJobThatIsStoppedWithItsAnswer_isNotSigned", async () => {
    const { run, job, stop, steps } = await setUp();
    const result = await run({
      answer: async () => {
        stop.abort(new PleiadError("enough", { code: "JOB_STOPPED" }));
        return stringToBytes("an answer");
      },
    });
    expect(result.kind).to.equal("stopped");
    expect(steps).to.not.include("sign");
    expect((await job()).output, "the answer is kept").to.not.equal(null);
  });

  it("aLeaseThatAFullDiskLeftBehind_isTakenOver", async () => {
    const { run, job } = await setUp();
    const full = await run({
      journal: (journal) => ({
        ...journal,
        jobs: {
          ...journal.jobs,
          recordOutput: () =>
            Promise.reject(new PleiadError("full", { code: "STORE_FULL", retryable: true })),
          releaseLease: () =>
            Promise.reject(new PleiadError("full", { code: "STORE_FULL", retryable: true })),
        },
      }),
    });
    expect(full.kind).to.equal("later");
    expect((await job()).lease.released).to.equal(false);
    expect((await run()).kind).to.equal("signed");
    expect((await job()).lease.attempt).to.equal(1);
  });

  it("aMistakeOfTheProgram_isNotCaught", async () => {
    const { run } = await setUp();
    const bug = run({
      answer: async () => {
        throw new TypeError("undefined is not a function");
      },
    });
    const error = await bug.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(TypeError);
  });

  it("howAnAnswerCame_isABlobWhoseDigestIsSigned_andAskedForAgainIsTheSame", async () => {
    const { run, job, blobs, context } = await setUp();
    const answer: Answerer["answer"] = async (_question, { onEvidence }) => {
      onEvidence?.({ durationMs: 12.6, model: "a model", usage: { inputTokens: 3 } });
      return stringToBytes("an answer");
    };
    // Recorded, and not signed yet: another look, or another life, signs what is recorded.
    expect((await run({ answer, settled: false })).kind).to.equal("unsettled");
    const result = await run({ answer: agentFailure("AGENT_FAILED", false) });
    const { completion } = result.kind === "signed" ? result.message : expect.fail(result.kind);
    expect((await job()).output?.evidenceDigest).to.equal(completion.evidenceDigest);
    const body = blobs.get(completion.evidenceDigest) ?? expect.fail("there is no body");
    expect(decodeEvidence(body)).to.deep.equal({
      format: EVIDENCE_FORMAT,
      chainId: CHAIN.chainId,
      execution: context.execution,
      task: 0,
      node: NODE,
      outputDigest: completion.outputDigest,
      traceId: traceIdOf(CHAIN.chainId, CHAIN.contract, context.execution),
      durationMs: 13,
      model: "a model",
      usage: { inputTokens: 3 },
    });
  });

  it("anAnswerOfWhichNothingIsSaid_andOneWhoseEvidenceHasNoRoom_areSignedWithout", async () => {
    const silent = await setUp();
    const plain = await silent.run();
    expect(plain.kind === "signed" && plain.message.completion.evidenceDigest).to.equal(zeroHash);
    expect(silent.blobs.size).to.equal(0);
    const full = await setUp();
    full.blobs.set = () => {
      throw new PleiadError("full", { code: "BLOBS_FULL", retryable: true });
    };
    const result = await full.run({
      answer: async (_question, { onEvidence }) => {
        onEvidence?.({ durationMs: 1, model: "a model" });
        return stringToBytes("an answer");
      },
    });
    expect(result.kind === "signed" && result.message.completion.evidenceDigest).to.equal(zeroHash);
  });
});
