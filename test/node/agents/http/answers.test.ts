import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import type { AgentRun } from "../../../../node/src/agents/driver.ts";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import type { Fault, Script } from "../../../fixtures/modelServer/script.ts";
import type { ModelServer } from "../../../fixtures/modelServer/server.ts";
import { startModelServer } from "../../../fixtures/modelServer/server.ts";
import type { Answer, ChatServer } from "../fixtures/chatServer.ts";
import { startServer } from "../fixtures/chatServer.ts";
import { expectCode, samplePrompt } from "../fixtures/world.ts";

const KEY = "sk-planted/key-0123456789";

for (const api of ["chat", "responses", "anthropic"] as const) {
  describe(`http driver, api ${api}`, function () {
    this.timeout(30_000);
    let server: ModelServer;
    let raw: ChatServer;
    let answer: Answer = () => {};
    const logged: string[] = [];
    before(async () => {
      server = await startModelServer();
      raw = await startServer((request, response) => answer(request, response));
    });
    afterEach(async () => {
      await server.untilQuiet();
      server.forget();
      logged.length = 0;
    });
    after(async () => {
      await server.close();
      await raw.close();
    });

    const driverOf = (service: object = {}) =>
      createDriver(
        serviceSchema.parse({ kind: "http", baseUrl: `${server.origin}/v1`, api, model: "m", ...service }),
        {
          scratchFolder: "/nowhere",
          environment: { KEY },
          logger: pino({ level: "warn" }, { write: (line: string) => void logged.push(line) }),
        },
      );
    const request = (overrides: Partial<AgentRun> = {}): AgentRun => ({
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 100_000,
      tag: `http-test-${process.pid}:1`,
      ...overrides,
    });
    const run = (script: Script, service: object = {}, overrides: Partial<AgentRun> = {}) => {
      server.setScript(script);
      return driverOf(service).run(request(overrides));
    };
    const fault = (given: Fault): Script => [{ fault: given }];

    it("sends the key in the API's own header and nowhere else", async () => {
      await run([{ say: "fine" }], { apiKeyEnv: "KEY" });
      const [seen] = server.turns();
      const { authorization, "x-api-key": own, "anthropic-version": version } = seen?.headers ?? {};
      expect({ authorization, own, version }).to.deep.equal(
        api === "anthropic"
          ? { authorization: undefined, own: KEY, version: "2023-06-01" }
          : { authorization: `Bearer ${KEY}`, own: undefined, version: undefined },
      );
      expect(JSON.stringify([seen?.body, seen?.url])).not.to.contain(KEY);
    });

    it("asks for no more tokens than service and version allow", async () => {
      const cases: [object, AgentRun["settings"], number | undefined][] = [
        [{}, undefined, api === "anthropic" ? 8_192 : undefined],
        [{ tokensMax: 900 }, undefined, 900],
        [{ tokensMax: 900 }, { tokensMax: 500 }, 500],
        [{ tokensMax: 900 }, { tokensMax: 5_000 }, 900],
      ];
      const field = api === "responses" ? "max_output_tokens" : "max_tokens";
      for (const [service, settings, expected] of cases) {
        await run([{ say: "fine" }], service, settings === undefined ? {} : { settings });
        const body = server.turns().at(-1)?.body as Record<string, unknown>;
        expect(body[field], JSON.stringify([service, settings])).to.equal(expected);
      }
    });

    for (const stream of [true, false]) {
      describe(stream ? "streamed" : "whole", () => {
        it("an answer that the provider cut is given as it is, with a flag, and logged", async () => {
          const { output, isCut } = await run([{ say: "half an ans", stop: "length" }], { stream });
          expect(Buffer.from(output).toString()).to.equal("half an ans");
          expect(isCut).to.equal(true);
          expect(logged).to.have.length(1);
          expect(await run([{ say: "whole" }], { stream })).not.to.have.property("isCut");
        });

        it("a refusal is an error that is not tried again, and its usage is told", async () => {
          const counted: unknown[] = [];
          const error = await expectCode(
            run(
              [{ say: "I cannot help with that", stop: "refused" }],
              { stream },
              { onUsage: ({ usage }) => counted.push(usage) },
            ),
            "AGENT_REFUSED",
          );
          expect(error.retryable).to.equal(false);
          expect(error.details.refusal).to.equal("I cannot help with that");
          expect(counted).to.deep.equal([{ inputTokens: 100, outputTokens: 20, cachedTokens: 40 }]);
        });

        it("an error in place of the rest of an answer is told by its kind, without the key", async () => {
          const error = await expectCode(
            run(fault({ kind: "errorEvent", message: `overloaded, ${KEY}\u001b[2J` }), {
              stream,
              apiKeyEnv: "KEY",
            }),
            "AGENT_HTTP_UNAVAILABLE",
          );
          expect(error.retryable).to.equal(true);
          expect(error.details.reason).to.equal("overloaded, [redacted]");
        });

        it("a connection that breaks in the middle may be tried again", async () => {
          await expectCode(run(fault({ kind: "cut" }), { stream }), "AGENT_HTTP_UNREACHABLE");
        });

        it("an answer without its end is none", async () => {
          const code = stream ? "AGENT_HTTP_UNREACHABLE" : "AGENT_HTTP_MALFORMED";
          const error = await expectCode(run(fault({ kind: "unfinished" }), { stream }), code);
          expect(error.retryable).to.equal(true);
        });

        it("garbage is no answer", async () => {
          const bodies = stream
            ? ["data: {\n\n", "data: []\n\n", 'data: "x"\n\n', "data: null\n\n", "data: {}\n\n"]
            : ["", "{", "[]", "null", "{}", '{"choices":{}}', '{"type":"message"}', '{"output":[{}]}'];
          for (const body of bodies)
            await expectCode(run(fault({ kind: "garbage", body }), { stream }), "AGENT_HTTP_MALFORMED");
        });
      });
    }

    it("reads an answer that comes byte by byte, and tells its progress meanwhile", async () => {
      const text = "zażółć 🙂, and more of it, piece by piece";
      const progress: number[] = [];
      const outcome = await run(
        [{ say: text, pace: { bytes: 13, pauseMs: 0 } }],
        {},
        {
          onProgress: ({ outputBytes }) => progress.push(outputBytes),
        },
      );
      expect(Buffer.from(outcome.output).toString()).to.equal(text);
      expect(progress.length).to.be.greaterThan(3);
      expect(progress).to.deep.equal(progress.toSorted((a, b) => a - b));
      expect(outcome.usage).to.deep.equal({ inputTokens: 100, outputTokens: 20, cachedTokens: 40 });
    });

    it("takes a whole answer from a server that does not stream", async () => {
      server.setScript([{ say: "whole" }]);
      answer = ({ url, body }, response) => {
        const whole = { ...JSON.parse(body), stream: false };
        void fetch(server.origin + url, { method: "POST", body: JSON.stringify(whole) })
          .then((given) => given.text())
          .then((text) => response.end(text));
      };
      const { output } = await driverOf({ baseUrl: `${raw.origin}/v1` }).run(request());
      expect(Buffer.from(output).toString()).to.equal("whole");
    });

    it("asks for whole answers from a server that refuses to stream, once it has said so, and logs it", async () => {
      server.setScript([{ say: "whole" }]);
      const streams: boolean[] = [];
      answer = ({ url, body }, response) => {
        const { stream } = JSON.parse(body);
        streams.push(stream);
        if (stream)
          return void response
            .writeHead(422)
            .end('{"error":{"message":"stream_options: extra fields are not permitted"}}');
        void fetch(server.origin + url, { method: "POST", body })
          .then((given) => given.text())
          .then((text) => response.end(text));
      };
      const driver = driverOf({ baseUrl: `${raw.origin}/v1` });
      for (const _ of [1, 2]) {
        const { output, usage } = await driver.run(request());
        expect(Buffer.from(output).toString()).to.equal("whole");
        expect(usage).to.deep.include({ inputTokens: 100 });
      }
      expect(streams).to.deep.equal([true, false, false]);
      expect(logged).to.have.length(1);
      answer = (_, response) => void response.writeHead(400).end('{"error":"no such model"}');
      await expectCode(driverOf({ baseUrl: `${raw.origin}/v1` }).run(request()), "AGENT_HTTP_REFUSED");
    });

    it("gives up on a stream that stalls, before the time of the whole is over", async () => {
      const error = await expectCode(
        run(fault({ kind: "hang" }), { idleTimeoutMs: 200 }),
        "AGENT_HTTP_STALLED",
      );
      expect(error.details.idleTimeoutMs).to.equal(200);
      expect(error.retryable).to.equal(true);
    });

    it("does not count the time before the answer begins as a stall, nor a slow answer", async () => {
      await expectCode(
        run(fault({ kind: "silence" }), { idleTimeoutMs: 100, timeoutMs: 400 }),
        "AGENT_TIMED_OUT",
      );
      const slow: Script = [{ say: "slow ".repeat(100), pace: { bytes: 100, pauseMs: 30 } }];
      const { elapsedMs } = await run(slow, { idleTimeoutMs: 400 });
      expect(elapsedMs).to.be.greaterThan(400);
    });

    it("tells a server's own reason in the API's form, without the key", async () => {
      const message = `no such model for ${KEY}\nsecond line`;
      const error = await expectCode(
        run(fault({ kind: "status", status: 400, message }), { apiKeyEnv: "KEY" }),
        "AGENT_HTTP_REFUSED",
      );
      expect(error.message).to.contain("status 400: no such model for [redacted] second line");
      answer = (_, response) => void response.writeHead(500).end(`{"error":"${KEY.replace("/", "\\/")}"}`);
      const escaped = await expectCode(
        driverOf({ baseUrl: `${raw.origin}/v1`, apiKeyEnv: "KEY" }).run(request()),
        "AGENT_HTTP_UNAVAILABLE",
      );
      expect(JSON.stringify([escaped.message, escaped.details])).to.not.match(/planted/);
    });

    it("waits as long as the server says, to the millisecond where it says so", async () => {
      const limited = (headers: Record<string, string>) => fault({ kind: "status", status: 429, headers });
      const whole = await expectCode(run(limited({ "retry-after": "7" })), "AGENT_HTTP_LIMITED");
      expect(whole.retryAfterMs).to.equal(7_000);
      const fine = await expectCode(
        run(limited({ "retry-after": "7", "retry-after-ms": "6400" })),
        "AGENT_HTTP_LIMITED",
      );
      expect(fine.retryAfterMs).to.equal(6_400);
    });

    it("says that the key is refused, and where it comes from", async () => {
      const refused = fault({ kind: "status", status: 401 });
      const error = await expectCode(run(refused, { apiKeyEnv: "KEY" }), "AGENT_HTTP_KEY_REFUSED");
      expect(error.message).to.contain("refused the key in the environment variable KEY");
      expect((await expectCode(run(refused), "AGENT_HTTP_KEY_REFUSED")).message).to.contain("wants a key");
    });

    it("leaves no connection when it is stopped in the middle of a stream", async () => {
      const controller = new AbortController();
      const stopped = run(
        fault({ kind: "flood" }),
        {},
        {
          signal: controller.signal,
          outputBytesMax: 16_000_000,
          onProgress: () => controller.abort(),
        },
      );
      await expectCode(stopped, "AGENT_STOPPED");
      await server.untilQuiet();
      expect(server.connections()).to.equal(0);
    });
  });
}
