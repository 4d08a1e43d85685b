import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import type { AgentRun, AgentTools, ToolSpec } from "../../../../node/src/agents/driver.ts";
import { ASK_AGAIN_MAX } from "../../../../node/src/agents/http/askAgain.ts";
import {
  TOOL_ANSWER_BYTES_MAX,
  TOOL_ANSWERS_BYTES_MAX,
  TOOL_CALLS_PER_ROUND_MAX,
  TOOL_ROUNDS_MAX,
  TOOLS_MAX,
} from "../../../../node/src/agents/http/tools.ts";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import type { Script } from "../../../fixtures/modelServer/script.ts";
import type { ModelServer } from "../../../fixtures/modelServer/server.ts";
import { startModelServer } from "../../../fixtures/modelServer/server.ts";
import { expectCode, samplePrompt } from "../fixtures/world.ts";

type Call = (args: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<string> | string;

/** Tools of a run, and what was asked of them. */
function toolsOf(
  calls: Readonly<Record<string, Call>>,
): AgentTools & { readonly asked: [string, unknown][] } {
  const asked: [string, unknown][] = [];
  const specs = Object.keys(calls).map(
    (name): ToolSpec => ({
      name,
      description: `does ${name}`,
      parameters: { type: "object", properties: { key: { type: "string" } } },
    }),
  );
  return {
    asked,
    list: () => specs,
    async call(name, args, signal) {
      asked.push([name, args]);
      const call = calls[name];
      if (call === undefined) throw new Error(`the driver called ${name}, which was not listed`);
      return { text: await call(args, signal) };
    },
  };
}

for (const api of ["chat", "responses", "anthropic"] as const) {
  for (const stream of [true, false]) {
    describe(`tools over http, api ${api}, ${stream ? "streamed" : "whole"}`, function () {
      this.timeout(30_000);
      let server: ModelServer;
      const logged: string[] = [];
      before(async () => {
        server = await startModelServer();
      });
      afterEach(async () => {
        await server.untilQuiet();
        server.forget();
        logged.length = 0;
      });
      after(() => server.close());

      const run = (script: Script, tools: AgentTools | undefined, overrides: Partial<AgentRun> = {}) => {
        server.setScript(script);
        const service = { kind: "http", baseUrl: `${server.origin}/v1`, api, stream, model: "m" };
        return createDriver(serviceSchema.parse(service), {
          scratchFolder: "/nowhere",
          environment: {},
          logger: pino({ level: "warn" }, { write: (line: string) => void logged.push(line) }),
        }).run({
          prompt: samplePrompt(),
          signal: new AbortController().signal,
          timeoutMs: 20_000,
          outputBytesMax: 100_000,
          tag: `tools-test-${process.pid}:1`,
          ...(tools === undefined ? {} : { tools }),
          ...overrides,
        });
      };
      const textOf = async (outcome: ReturnType<typeof run>) =>
        Buffer.from((await outcome).output).toString();
      const tellResults: Script = [
        { call: "note", arguments: { key: "ż🙂\n" }, saying: "I shall note it." },
        { say: ({ results }) => results.join("|") },
      ];

      it("are offered, called with what the model gives, and their results told", async () => {
        const tools = toolsOf({ note: () => "noted", other: () => "never" });
        expect(await textOf(run(tellResults, tools))).to.equal("noted");
        expect(tools.asked).to.deep.equal([["note", { key: "ż🙂\n" }]]);
        const [first, second] = server.turns().map(({ asked }) => asked);
        expect(first?.tools.map(({ name, description }) => [name, description])).to.deep.equal([
          ["note", "does note"],
          ["other", "does other"],
        ]);
        expect(first?.tools[0]?.parameters).to.deep.equal(tools.list()[0]?.parameters);
        expect(second?.tools).to.deep.equal(first?.tools);
        expect(second?.calls.map(({ name, arguments: given }) => [name, given])).to.deep.equal(tools.asked);
        expect(
          second?.messages.flatMap((message) => (message.from === "model" ? [message.text] : [])),
        ).to.include("I shall note it.");
      });

      it("are called several at once, one after the other, each with its own result", async () => {
        const calls = ["a", "b", "a"].map((call) => ({ call, arguments: { key: call } }));
        let running = 0;
        const slow: Call = async ({ key }) => {
          running += 1;
          expect(running).to.equal(1);
          await new Promise(setImmediate);
          running -= 1;
          return `result ${key}`;
        };
        const tools = toolsOf({ a: slow, b: slow });
        const script: Script = [{ calls }, { say: ({ results }) => results.join("|") }];
        expect(await textOf(run(script, tools))).to.equal("result a|result b|result a");
        const { calls: made, messages = [] } = server.turns()[1]?.asked ?? {};
        const answered = messages.flatMap((said) => (said.from === "tool" ? [said.callId] : []));
        expect(answered).to.deep.equal(made?.map(({ id }) => id));
        expect(new Set(answered).size).to.equal(3);
      });

      it("count in the usage of the run, which is told round by round", async () => {
        const seen: unknown[] = [];
        const { usage, model } = await run(tellResults, toolsOf({ note: () => "noted" }), {
          onUsage: ({ usage: sum, model: name }) => seen.push([sum, name]),
        });
        expect(usage).to.deep.equal({ inputTokens: 200, outputTokens: 40, cachedTokens: 80 });
        expect(model).to.equal("m");
        expect(seen).to.deep.equal([
          [{ inputTokens: 100, outputTokens: 20, cachedTokens: 40 }, "m"],
          [usage, "m"],
        ]);
      });

      it("that fail are a result: what is expected with its reason, anything else without", async () => {
        const script: Script = [
          { calls: [{ call: "refuse" }, { call: "break" }] },
          { say: ({ results }) => results.join("|") },
        ];
        const tools = toolsOf({
          refuse: () => {
            throw new PleiadError("no such note", { code: "NOTE_MISSING", hint: "look" });
          },
          break: () => {
            throw new TypeError("secret of this machine: /root/x");
          },
        });
        expect(await textOf(run(script, tools))).to.equal("NOTE_MISSING: no such note|the tool failed");
        expect(logged.join()).to.contain("secret of this machine");
      });

      it("that do not exist are said not to, and nothing is called", async () => {
        const tools = toolsOf({ note: () => "noted" });
        const script: Script = [{ call: "nothing" }, { say: ({ results }) => results.join("|") }];
        expect(await textOf(run(script, tools))).to.equal('there is no tool "nothing"; there are: note');
        expect(tools.asked).to.deep.equal([]);
      });

      it("are offered under a name that the API takes, and called by their own", async () => {
        const tools = toolsOf({ "notes.write it": () => "noted" });
        const script: Script = [{ call: "notes_write_it" }, { say: ({ results }) => results.join("|") }];
        expect(await textOf(run(script, tools))).to.equal("noted");
        expect(tools.asked[0]?.[0]).to.equal("notes.write it");
      });

      it("that cannot be told apart, or are too many, are refused before anything is sent", async () => {
        const many = Object.fromEntries(
          Array.from({ length: TOOLS_MAX + 1 }, (_, n) => [`tool${n}`, () => ""]),
        );
        for (const tools of [toolsOf({ "a.b": () => "", a_b: () => "" }), toolsOf(many)])
          await expectCode(run("echo", tools), "AGENT_TOOLS_INVALID");
        expect(server.seen).to.deep.equal([]);
      });

      it("give results that are cut where they are too long, and left out where all are", async () => {
        const long = "ż".repeat(TOOL_ANSWER_BYTES_MAX);
        const rounds =
          Math.ceil(TOOL_ANSWERS_BYTES_MAX / TOOL_ANSWER_BYTES_MAX / TOOL_CALLS_PER_ROUND_MAX) + 1;
        const calls = Array.from({ length: TOOL_CALLS_PER_ROUND_MAX }, () => ({ call: "read" }));
        const script: Script = [...Array.from({ length: rounds }, () => ({ calls })), { say: "enough" }];
        expect(await textOf(run(script, toolsOf({ read: () => `${long}\ud800` })))).to.equal("enough");
        const told = server
          .turns()
          .at(-1)
          ?.asked?.messages.flatMap((said) => (said.from === "tool" ? [said.text] : []));
        expect(told).to.have.length(rounds * TOOL_CALLS_PER_ROUND_MAX);
        expect(told?.[0]).to.match(/\n\[cut: the first \d+ of \d+ bytes are shown\]$/);
        expect(Buffer.byteLength(told?.[0] ?? "")).to.be.at.most(TOOL_ANSWER_BYTES_MAX);
        expect(told?.at(-1)).to.match(/^left out: /);
        const sum = told?.filter((text) => !text.startsWith("left out")).join("") ?? "";
        expect(Buffer.byteLength(sum)).to.be.at.most(TOOL_ANSWERS_BYTES_MAX);
      });

      it("are not called more often at once than is allowed, and the model is told", async () => {
        const calls = Array.from({ length: TOOL_CALLS_PER_ROUND_MAX + 2 }, () => ({ call: "note" }));
        const tools = toolsOf({ note: () => "noted" });
        const script: Script = [{ calls }, { say: ({ results }) => results.slice(-3).join("|") }];
        const left = `not done: at most ${TOOL_CALLS_PER_ROUND_MAX} calls at once`;
        expect(await textOf(run(script, tools))).to.equal(`noted|${left}|${left}`);
        expect(tools.asked).to.have.length(TOOL_CALLS_PER_ROUND_MAX);
      });

      it("end with an error where the model never stops calling them", async () => {
        const tools = toolsOf({ note: () => "noted" });
        const endless: Script = Array.from({ length: TOOL_ROUNDS_MAX + 1 }, () => ({ call: "note" }));
        await expectCode(run(endless, tools), "AGENT_TOOLS_ENDLESS");
        expect(tools.asked).to.have.length(TOOL_ROUNDS_MAX);
        const enough: Script = [...endless.slice(1), { say: "enough" }];
        expect(await textOf(run(enough, tools))).to.equal("enough");
      });

      it("are not called again where the server fails for a moment", async () => {
        const headers = { "retry-after-ms": "5" };
        const tools = toolsOf({ note: () => "noted" });
        const script: Script = [
          { call: "note" },
          { fault: { kind: "status", status: 429, headers }, times: 2 },
          { fault: { kind: "cut" }, times: 1 },
          { say: ({ results }) => results.join("|") },
        ];
        expect(await textOf(run(script, tools))).to.equal("noted");
        expect(tools.asked).to.have.length(1);
        expect(server.turns()).to.have.length(5);
      });

      it("have been called for nothing where the server goes on failing, or asks for a longer wait than there is time", async () => {
        const limited = (wait: string): Script => [
          { call: "note" },
          { fault: { kind: "status", status: 503, headers: { "retry-after-ms": wait } } },
        ];
        const tools = toolsOf({ note: () => "noted" });
        await expectCode(run(limited("5"), tools), "AGENT_HTTP_UNAVAILABLE");
        expect(server.turns()).to.have.length(2 + ASK_AGAIN_MAX);
        const error = await expectCode(run(limited("20000"), tools), "AGENT_HTTP_UNAVAILABLE");
        expect(error.retryAfterMs).to.equal(20_000);
        expect(server.turns()).to.have.length(2 + ASK_AGAIN_MAX + 2);
      });

      it("are stopped with the run, also one that does not listen", async () => {
        const controller = new AbortController();
        const never = new Promise<string>(() => {});
        const deaf = toolsOf({
          note: () => {
            controller.abort();
            return never;
          },
        });
        await expectCode(run(tellResults, deaf, { signal: controller.signal }), "AGENT_STOPPED");
        const heard: AbortSignal[] = [];
        const slow = toolsOf({
          note: (_, signal) => {
            heard.push(signal);
            return never;
          },
        });
        const error = await expectCode(run(tellResults, slow, { timeoutMs: 300 }), "AGENT_TIMED_OUT");
        expect(error.details).to.deep.include({ tools: ["note"], timeoutMs: 300 });
        expect(heard[0]?.aborted).to.equal(true);
        expect(server.turns()).to.have.length(2);
      });

      it("are not needed for an answer, and none is called where none is offered", async () => {
        expect(await textOf(run([{ say: "at once" }], toolsOf({ note: () => "noted" })))).to.equal("at once");
        const script: Script = [{ call: "note", saying: "I would call one." }];
        expect(await textOf(run(script, undefined))).to.equal("I would call one.");
        expect(server.turns()).to.have.length(2);
      });
    });
  }
}
