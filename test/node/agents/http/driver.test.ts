import { rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import type { AgentDriver, AgentRun } from "../../../../node/src/agents/driver.ts";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import type { Answer, ChatServer, SeenRequest } from "../fixtures/chatServer.ts";
import { completion, startServer } from "../fixtures/chatServer.ts";
import { expectCode, samplePrompt, temporaryFolder } from "../fixtures/world.ts";

const KEY = "sk-planted-key-0123456789";

describe("http driver", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ChatServer;
  let answer: Answer = () => {};
  const logged: object[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(JSON.parse(line)) });

  before(async () => {
    folder = temporaryFolder();
    server = await startServer((request, response) => answer(request, response));
  });
  afterEach(() => {
    server.seen.length = 0;
    logged.length = 0;
  });
  after(async () => {
    await server.close();
    folder.remove();
  });

  function driverOf(service: object = {}, environment: NodeJS.ProcessEnv = {}): AgentDriver {
    const defaults = { kind: "http", baseUrl: `${server.origin}/v1`, model: "small-model" };
    return createDriver(serviceSchema.parse({ ...defaults, ...service }), {
      scratchFolder: folder.scratch,
      environment,
      logger,
    });
  }
  const request = (overrides: Partial<AgentRun> = {}): AgentRun => ({
    prompt: samplePrompt(),
    signal: new AbortController().signal,
    timeoutMs: 20_000,
    outputBytesMax: 100_000,
    tag: `http-test-${process.pid}:1`,
    ...overrides,
  });
  /** Runs against this answer. */
  const runWith = (given: Answer, service: object = {}, environment: NodeJS.ProcessEnv = {}) => {
    answer = given;
    return driverOf(service, environment).run(request());
  };
  const status =
    (code: number, headers: Record<string, string> = {}, body = "") =>
    (_: SeenRequest, response: ServerResponse) =>
      void response.writeHead(code, headers).end(body);

  it("asks for a chat completion: instructions in one message, data in the other", async () => {
    const prompt = samplePrompt();
    answer = (_, response) => response.end(completion("fine"));
    await driverOf().run(request({ prompt }));
    const [seen] = server.seen;
    expect(seen).to.include({ method: "POST", url: "/v1/chat/completions" });
    expect(seen?.headers["content-type"]).to.equal("application/json");
    expect(seen?.headers).not.to.have.property("authorization");
    expect(JSON.parse(seen?.body ?? "")).to.deep.equal({
      model: "small-model",
      messages: [
        { role: "system", content: prompt.system },
        { role: "user", content: prompt.user },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("does not ask for a stream where the service says so", async () => {
    await runWith((_, response) => response.end(completion("fine")), { stream: false });
    const body = JSON.parse(server.seen[0]?.body ?? "");
    expect(body).to.include({ stream: false }).and.not.to.have.property("stream_options");
  });

  it("takes a base address with a slash at its end", async () => {
    await runWith((_, response) => response.end(completion("fine")), { baseUrl: `${server.origin}/v1/` });
    expect(server.seen[0]?.url).to.equal("/v1/chat/completions");
  });

  it("tells what the provider counted, and nothing where it counts nothing", async () => {
    const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
    const counted = await runWith((_, response) => response.end(completion("fine", { usage })));
    expect(counted.usage).to.deep.equal({ inputTokens: 12, outputTokens: 3 });
    for (const odd of [undefined, null, "many", {}, { prompt_tokens: -1 }]) {
      const outcome = await runWith((_, response) => response.end(completion("fine", { usage: odd })));
      expect(outcome.usage, JSON.stringify(odd)).to.equal(undefined);
    }
  });

  it("says, and logs, that the server cut the answer", async () => {
    const choices = [{ message: { content: "half an ans" }, finish_reason: "length" }];
    const { output, isCut } = await runWith((_, response) => response.end(JSON.stringify({ choices })));
    expect(Buffer.from(output).toString()).to.equal("half an ans");
    expect(isCut).to.equal(true);
    expect(logged).to.have.length(1);
  });

  describe("status", () => {
    it("429 may be tried again, after as many seconds as the server says", async () => {
      const error = await expectCode(runWith(status(429, { "retry-after": "7" })), "AGENT_HTTP_LIMITED");
      expect(error).to.include({ retryable: true, retryAfterMs: 7_000 });
    });

    it("429 with a date is read against the server's clock", async () => {
      const headers = {
        date: "Mon, 01 Jan 2001 00:00:00 GMT",
        "retry-after": "Mon, 01 Jan 2001 00:02:00 GMT",
      };
      const error = await expectCode(runWith(status(429, headers)), "AGENT_HTTP_LIMITED");
      expect(error.retryAfterMs).to.equal(120_000);
    });

    it("429 without or with a senseless time may be tried again", async () => {
      for (const headers of [{}, { "retry-after": "soon" }, { "retry-after": "" }]) {
        const error = await expectCode(runWith(status(429, headers)), "AGENT_HTTP_LIMITED");
        expect(error).to.include({ retryable: true, retryAfterMs: undefined });
      }
    });

    it("429 cannot put the service to sleep for days", async () => {
      const error = await expectCode(
        runWith(status(429, { "retry-after": "999999999" })),
        "AGENT_HTTP_LIMITED",
      );
      expect(error.retryAfterMs).to.equal(3_600_000);
    });

    for (const code of [500, 502, 503, 599]) {
      it(`${code} may be tried again`, async () => {
        const error = await expectCode(
          runWith(status(code, { "retry-after": "1" }, "overloaded")),
          "AGENT_HTTP_UNAVAILABLE",
        );
        expect(error).to.include({ retryable: true, retryAfterMs: 1_000 });
        expect(error.details).to.include({ status: code, bodyStart: "overloaded" });
      });
    }

    for (const code of [400, 403, 404, 413, 422]) {
      it(`${code} is not tried again, and the server's reason is told`, async () => {
        const body = JSON.stringify({ error: { message: "no such model" } });
        const error = await expectCode(runWith(status(code, {}, body)), "AGENT_HTTP_REFUSED");
        expect(error.retryable).to.equal(false);
        expect(error.details.bodyStart).to.equal(body);
      });
    }

    it("an error's body is read no further than its first words", async () => {
      const error = await expectCode(
        runWith(status(400, {}, `\u001b[2J${"y".repeat(10_000_000)}`)),
        "AGENT_HTTP_REFUSED",
      );
      expect(error.details.bodyStart).to.equal("y".repeat(500));
    });

    for (const code of [301, 302, 303, 307, 308]) {
      it(`${code} is not followed, neither to another origin nor within it`, async () => {
        const other = await startServer((_, response) => response.end(completion("stolen")));
        const service = { apiKeyEnv: "KEY" };
        for (const location of [`${other.origin}/v1?token=secret`, "/elsewhere"]) {
          const run = runWith(status(code, { location }), service, { KEY });
          const error = await expectCode(run, "AGENT_HTTP_REDIRECTED");
          expect(error.retryable).to.equal(false);
          expect(error.message).not.to.contain("secret");
        }
        expect(other.seen).to.deep.equal([]);
        expect(server.seen).to.have.length(2);
        await other.close();
      });
    }
  });

  describe("malformed answer", () => {
    const bodies = {
      nothing: "",
      "no JSON": "<html>",
      "half of it": completion("fine").slice(0, -5),
      null: "null",
      "no choices": "{}",
      "empty choices": '{"choices":[]}',
      "no message": '{"choices":[{}]}',
      "another type": '{"choices":[{"message":{"content":7}}]}',
      "a stream": `data: ${completion("fine")}\n\n`,
    };
    for (const [name, body] of Object.entries(bodies)) {
      it(name, async () => {
        const error = await expectCode(
          runWith((_, response) => response.end(body)),
          "AGENT_HTTP_MALFORMED",
        );
        expect(error.retriesMax).to.equal(1);
      });
    }

    it("a refusal without content is empty", async () => {
      await expectCode(
        runWith((_, response) => response.end(completion(null))),
        "AGENT_OUTPUT_EMPTY",
      );
    });

    it("a lone surrogate is not UTF-8", async () => {
      const body = completion("SURROGATE").replace("SURROGATE", "ok \\ud800 ok");
      await expectCode(
        runWith((_, response) => response.end(body)),
        "AGENT_OUTPUT_NOT_UTF8",
      );
    });
  });

  it("takes an answer whose JSON is six times as long as its text", async () => {
    const text = "\u0001".repeat(90_000);
    const { output } = await runWith((_, response) => response.end(completion(text)));
    expect(Buffer.from(output).toString()).to.equal(text);
  });

  it("says that the connection broke in the middle of the answer", async () => {
    const run = runWith((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{", () => response.destroy());
    });
    expect((await expectCode(run, "AGENT_HTTP_UNREACHABLE")).retryable).to.equal(true);
  });

  it("says that the connection broke before the answer", async () => {
    await expectCode(
      runWith((_, response) => void response.socket?.destroy()),
      "AGENT_HTTP_UNREACHABLE",
    );
  });

  it("says that a server of another protocol answers", async () => {
    const run = runWith((_, response) => void response.socket?.end("SSH-2.0-something\r\n"));
    await expectCode(run, "AGENT_HTTP_UNREACHABLE");
  });

  it("says that the server never begins to answer", async () => {
    const run = runWith(() => {}, { timeoutMs: 300 });
    await expectCode(run, "AGENT_TIMED_OUT");
  });

  describe("key", () => {
    const fine: Answer = (_, response) => response.end(completion("fine"));
    const keyFile = (content: string): string => {
      const path = join(folder.path, "key");
      writeFileSync(path, content);
      return path;
    };
    after(() => rmSync(join(folder.path, "key"), { force: true }));

    it("comes from the environment", async () => {
      await runWith(fine, { apiKeyEnv: "MODEL_KEY" }, { MODEL_KEY: KEY });
      expect(server.seen[0]?.headers.authorization).to.equal(`Bearer ${KEY}`);
    });

    it("comes from a file, whose line end does not matter, and is read at each run", async () => {
      const driver = driverOf({ apiKeyFile: keyFile(`${KEY}\n`) });
      answer = fine;
      await driver.run(request());
      keyFile("sk-another-key");
      await driver.run(request());
      const keys = server.seen.map((seen) => seen.headers.authorization);
      expect(keys).to.deep.equal([`Bearer ${KEY}`, "Bearer sk-another-key"]);
    });

    it("that is missing or unusable is named by its place, and nothing is sent", async () => {
      const wrong: [object, NodeJS.ProcessEnv, RegExp][] = [
        [{ apiKeyEnv: "MODEL_KEY" }, {}, /MODEL_KEY is not set/],
        [{ apiKeyEnv: "MODEL_KEY" }, { MODEL_KEY: " " }, /MODEL_KEY is empty/],
        [{ apiKeyEnv: "MODEL_KEY" }, { MODEL_KEY: `${KEY}\r\nx: y` }, /other than one key/],
        [{ apiKeyFile: "/nowhere/key" }, {}, /\/nowhere\/key cannot be read: ENOENT/],
        [{ apiKeyFile: "/" }, {}, /cannot be read: EISDIR/],
        [{ apiKeyFile: keyFile("k".repeat(5_000)) }, {}, /more than 4096 bytes/],
      ];
      for (const [service, environment, message] of wrong) {
        const error = await expectCode(runWith(fine, service, environment), "AGENT_HTTP_KEY_MISSING");
        expect(error.message).to.match(message);
        expect(error.message).not.to.contain(KEY);
      }
      expect(server.seen).to.deep.equal([]);
    });

    it("shows in no error, even if the server sends it back", async () => {
      const service = { apiKeyEnv: "MODEL_KEY" };
      const answers: Answer[] = [401, 429, 500].map((code) => status(code, {}, `wrong key ${KEY}`));
      answers.push((_, response) => response.end(`not JSON ${KEY}`));
      answers.push((_, response) => response.end(JSON.stringify({ choices: KEY })));
      answers.push((_, response) => void response.socket?.destroy());
      answers.push(status(307, { location: `http://127.0.0.1:1/${KEY}` }));
      for (const given of answers) {
        answer = given;
        const error = await driverOf(service, { MODEL_KEY: KEY })
          .run(request())
          .then(
            () => expect.fail("expected a rejection"),
            (reason: Error) => reason,
          );
        const shown = [error.message, error.stack, JSON.stringify(error), JSON.stringify(error.cause)];
        expect(shown.join()).not.to.contain(KEY);
      }
      expect(JSON.stringify(logged)).not.to.contain(KEY);
    });
  });
});
