import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { stringToBytes } from "viem";
import type { TurnUsage } from "../../../node/src/agents/money/types.ts";
import { NO_SANDBOX } from "../../../node/src/agents/sandbox/sandbox.ts";
import { type ServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { createAnswerer } from "../../../node/src/local/answerer.ts";
import type { AnswerEvidence } from "../../../node/src/work/ports.ts";
import { startServer } from "../agents/fixtures/chatServer.ts";
import { fakeCli } from "../agents/fixtures/fakeCli.ts";
import { temporaryFolder } from "../agents/fixtures/world.ts";

const MODEL = 1n;

const TERMS = { priceWei: 0n, nodeShareBps: 0 };

describe("answerer", () => {
  const service = serviceSchema.parse({ kind: "command", program: "/nowhere/agent" });
  const answerer = createAnswerer(
    {
      services: new Map([[MODEL, service]]),
      scratchFolder: "/nowhere/scratch",
      tagPrefix: `answerer-test-${process.pid}`,
      sandbox: NO_SANDBOX,
      repositoriesWithoutSandbox: false,
      nameOf: () => "agent",
      node: 1n,
    },
    {
      logger: pino({ level: "silent" }),
      ledger: { begin: async () => ({ run: "run", spend: async () => ({ goOn: true }) }) },
      approvals: { ask: async () => ({ cancelled: true }) },
      projectJobs: undefined,
      accountOf: () => undefined,
    },
  );

  async function failureWith(output: Uint8Array): Promise<unknown> {
    const agent = { agent: 1n, name: "writer", role: "Writer", goal: "write", backstory: "" };
    const task = { name: "write", prompt: "Write.", tool: "", model: MODEL, ...TERMS, dependsOn: 1, agent };
    const dependencies = [{ task: "read", agent: "reader", output }];
    const question = { task, request: stringToBytes("a request"), dependencies };
    const options = {
      signal: new AbortController().signal,
      timeoutMs: 1_000,
      outputBytesMax: 1_000,
      job: "1-1",
    };
    return answerer.answer(question, options).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  it("answer_outputOfAnotherNodeThatIsNoText_failsAsExpectedFailure", async () => {
    const error = await failureWith(Uint8Array.of(0x61, 0xff, 0x62));
    expect(error).to.be.instanceOf(PleiadError);
    expect((error as PleiadError).code).to.equal("INPUT_NOT_TEXT");
    expect((error as PleiadError).details).to.deep.equal({ task: "read", offset: 1 });
  });

  it("answer_inputThatDoesNotBringWhatTheVersionNames_failsAsExpectedFailure", async () => {
    const agent = { agent: 1n, name: "writer", role: "Writer", goal: "write", backstory: "" };
    const inputs = ["question"];
    const task = {
      name: "write",
      prompt: "Write.",
      tool: "",
      inputs,
      model: MODEL,
      ...TERMS,
      dependsOn: 0,
      agent,
    };
    const options = {
      signal: new AbortController().signal,
      timeoutMs: 1_000,
      outputBytesMax: 1_000,
      job: "1-1",
    };
    const answering = answerer.answer({ task, request: stringToBytes("a text"), dependencies: [] }, options);
    const error = await answering.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(PleiadError);
    expect((error as PleiadError).code).to.equal("INPUT_NOT_NAMED");
  });

  it("answer_runThatFailsOnceItsProviderHasCounted_isInTheBooks", async () => {
    const server = await startServer((_request, response) => {
      response.setHeader("content-type", "application/json");
      // A blank answer is none.
      const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: " " } }];
      const usage = { prompt_tokens: 70, completion_tokens: 30 };
      response.end(JSON.stringify({ model: "a-model", choices, usage }));
    });
    try {
      const spent: TurnUsage[] = [];
      const paying = createAnswerer(
        {
          services: new Map([
            [MODEL, serviceSchema.parse({ kind: "http", baseUrl: `${server.origin}/v1`, model: "m" })],
          ]),
          scratchFolder: "/nowhere/scratch",
          tagPrefix: `answerer-test-${process.pid}`,
          sandbox: NO_SANDBOX,
          repositoriesWithoutSandbox: false,
          nameOf: () => "agent",
          node: 1n,
        },
        {
          logger: pino({ level: "silent" }),
          ledger: {
            begin: async () => ({
              run: "run",
              async spend(usage) {
                spent.push(usage);
                return { goOn: true };
              },
            }),
          },
          approvals: { ask: async () => ({ cancelled: true }) },
          projectJobs: undefined,
          accountOf: () => undefined,
        },
      );
      const agent = { agent: 1n, name: "writer", role: "Writer", goal: "write", backstory: "" };
      const task = { name: "write", prompt: "Write.", tool: "", model: MODEL, ...TERMS, dependsOn: 0, agent };
      const failure = await paying
        .answer(
          { task, request: stringToBytes("a text"), dependencies: [] },
          { signal: new AbortController().signal, timeoutMs: 5_000, outputBytesMax: 1_000, job: "1-1" },
        )
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect((failure as PleiadError).code).to.equal("AGENT_OUTPUT_EMPTY");
      expect(
        spent.map(({ model, inputTokens, outputTokens }) => [model, inputTokens, outputTokens]),
      ).to.deep.equal([["a-model", 70, 30]]);
    } finally {
      await server.close();
    }
  });

  async function answeredBy(service: ServiceConfig, scratchFolder: string) {
    const spent: TurnUsage[] = [];
    const evidence: AnswerEvidence[] = [];
    const paying = createAnswerer(
      {
        services: new Map([[MODEL, service]]),
        scratchFolder,
        tagPrefix: `answerer-test-${process.pid}`,
        sandbox: NO_SANDBOX,
        repositoriesWithoutSandbox: false,
        nameOf: () => "agent",
        node: 1n,
      },
      {
        logger: pino({ level: "silent" }),
        ledger: {
          begin: async () => ({
            run: "run",
            async spend(usage) {
              spent.push(usage);
              return { goOn: true };
            },
          }),
        },
        approvals: { ask: async () => ({ cancelled: true }) },
        projectJobs: undefined,
        accountOf: () => undefined,
      },
    );
    const agent = { agent: 1n, name: "writer", role: "Writer", goal: "write", backstory: "" };
    const task = { name: "write", prompt: "Write.", tool: "", model: MODEL, ...TERMS, dependsOn: 0, agent };
    const failure = await paying
      .answer(
        { task, request: stringToBytes("a text"), dependencies: [] },
        {
          signal: new AbortController().signal,
          timeoutMs: 20_000,
          outputBytesMax: 10_000,
          job: "1-1",
          onEvidence: (one) => void evidence.push(one),
        },
      )
      .then(
        () => undefined,
        (reason: unknown) => (reason as PleiadError).code,
      );
    return { spent, evidence, failure };
  }
  const PRICES = { inputPerMillion: "3", outputPerMillion: "15" };

  it("answer_programThatSaysWhatItCost_isInTheBooksAndInTheEvidenceAsItsOwnWord", async () => {
    const folder = temporaryFolder();
    try {
      const claude = serviceSchema.parse({
        kind: "claude",
        program: fakeCli(folder.path, "claude", "turns"),
        prices: PRICES,
      });
      const { spent, evidence } = await answeredBy(claude, folder.scratch);
      expect(spent.map(({ reportedMicros, inputTokens }) => [reportedMicros, inputTokens])).to.deep.equal([
        [250_000n, 100],
      ]);
      expect(evidence[0]?.cost).to.deep.equal({ currency: "USD", micros: 250_000, from: "provider" });
    } finally {
      folder.remove();
    }
  });

  it("answer_providerThatSaysNoCost_hasTheOneOfThePricesInTheEvidence", async () => {
    await using server = await answering({ prompt_tokens: 70, completion_tokens: 30 });
    const { evidence } = await answeredBy(server.service, "/nowhere/scratch");
    expect(evidence[0]?.cost).to.deep.equal({
      currency: "USD",
      micros: 660,
      from: "prices",
      prices: {
        inputMicrosPerMillion: 3_000_000,
        outputMicrosPerMillion: 15_000_000,
        cachedMicrosPerMillion: 3_000_000,
      },
    });
  });

  it("answer_providerThatNeverCounts_isUnknownInTheBooksAndNotZero", async () => {
    await using server = await answering(undefined);
    const { spent, evidence } = await answeredBy(server.service, "/nowhere/scratch");
    expect(
      spent.map(({ inputTokens, outputTokens, isWhole }) => [inputTokens, outputTokens, isWhole]),
    ).to.deep.equal([[undefined, undefined, false]]);
    expect(evidence[0]).not.to.have.property("cost");
  });

  it("answer_serverThatRefusesOrIsNotThere_isNotInTheBooks", async () => {
    await using server = await answering(undefined, 400);
    const refused = await answeredBy(server.service, "/nowhere/scratch");
    expect([refused.failure, refused.spent]).to.deep.equal(["AGENT_HTTP_REFUSED", []]);
    const gone = serviceSchema.parse({
      kind: "http",
      baseUrl: "http://127.0.0.1:1/v1",
      model: "m",
      prices: PRICES,
    });
    const away = await answeredBy(gone, "/nowhere/scratch");
    expect([away.failure, away.spent]).to.deep.equal(["AGENT_HTTP_UNREACHABLE", []]);
  });

  async function answering(usage: object | undefined, status = 200) {
    const server = await startServer((_request, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      const choices = [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: "an answer" } },
      ];
      response.end(JSON.stringify({ model: "a-model", choices, ...(usage === undefined ? {} : { usage }) }));
    });
    return {
      service: serviceSchema.parse({
        kind: "http",
        baseUrl: `${server.origin}/v1`,
        model: "m",
        prices: PRICES,
      }),
      [Symbol.asyncDispose]: () => server.close(),
    };
  }

  it("answer_repositoryWithoutASandbox_isRefusedUnlessTheOperatorSaysOtherwise", async () => {
    const coder = serviceSchema.parse({ kind: "acp", program: "/nowhere/coder" });
    const codeWith = async (repositoriesWithoutSandbox: boolean) => {
      const coding = createAnswerer(
        {
          services: new Map([[MODEL, coder]]),
          scratchFolder: "/nowhere/scratch",
          tagPrefix: `answerer-test-${process.pid}`,
          sandbox: NO_SANDBOX,
          repositoriesWithoutSandbox,
          nameOf: () => "coder",
          node: 1n,
        },
        {
          logger: pino({ level: "silent" }),
          ledger: { begin: async () => ({ run: "run", spend: async () => ({ goOn: true }) }) },
          approvals: { ask: async () => ({ cancelled: true }) },
          projectJobs: undefined,
          accountOf: () => undefined,
        },
      );
      const agent = { agent: 1n, name: "coder", role: "Coder", goal: "code", backstory: "" };
      const task = { name: "code", prompt: "Code.", tool: "", model: MODEL, ...TERMS, dependsOn: 0, agent };
      const request = stringToBytes("repository: app\n\nMend it.");
      const options = { timeoutMs: 1_000, outputBytesMax: 1_000, job: "1-1" };
      return coding
        .answer({ task, request, dependencies: [] }, { signal: new AbortController().signal, ...options })
        .then(
          () => undefined,
          (reason: unknown) => (reason as PleiadError).code,
        );
    };
    expect(await codeWith(false)).to.equal("REPOSITORY_UNCONFINED");
    expect(await codeWith(true)).to.equal("REPOSITORY_UNKNOWN");
  });
});
