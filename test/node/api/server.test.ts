import { request as httpRequest } from "node:http";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { keccak256 } from "viem";
import { type Api, BODY_BYTES_MAX, type Readiness, startApi } from "../../../node/src/api/server.ts";

const TOKEN = "the token of this test";

describe("api server", () => {
  let api: Api;
  let readiness: Readiness;
  let starting: PleiadError | undefined;
  const blobs = new Map<string, Uint8Array>();

  beforeEach(async () => {
    blobs.clear();
    readiness = { ready: true, checks: { chain: { ok: true, reason: null } }, warnings: [] };
    api = await startApi(
      { host: "127.0.0.1", port: 0, token: TOKEN },
      {
        ready: async () => readiness,
        status: async () => ({ node: 1n }),
        jobs: async () => [],
        execution: async (id) => ({ id }),
        putBlob: async (bytes) => {
          if (starting !== undefined) throw starting;
          const digest = keccak256(bytes);
          blobs.set(digest, bytes);
          return digest;
        },
        getBlob: async (digest) => {
          const bytes = blobs.get(digest);
          if (bytes === undefined)
            throw new PleiadError("no such blob", { code: "BLOB_MISSING", retryable: true });
          return bytes;
        },
        metrics: async () => "pleiad_up 1\n",
        logger: pino({ level: "silent" }),
      },
    );
  });

  afterEach(() => api.stop());

  /** A request with headers that `fetch` would not let through. */
  function ask(path: string, headers: Record<string, string>, method = "GET", body?: Uint8Array) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = httpRequest(new URL(path, api.url), { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      call.on("error", reject);
      call.end(body);
    });
  }
  const authorized = { authorization: `Bearer ${TOKEN}` };

  it("health_withoutToken_succeeds", async () => {
    const answer = await ask("/health", {});
    expect(answer.status).to.equal(200);
    expect(JSON.parse(answer.text)).to.deep.equal({ alive: true });
  });

  it("ready_withoutToken_tellsEachCheck_andIs503WhileOneFails_whileHealthStays200", async () => {
    const well = await ask("/ready", {});
    expect([well.status, JSON.parse(well.text)]).to.deep.equal([200, readiness]);
    readiness = {
      ready: false,
      checks: { chain: { ok: false, reason: "the follower is behind" } },
      warnings: [],
    };
    const ill = await ask("/ready", {});
    expect([ill.status, JSON.parse(ill.text)]).to.deep.equal([503, readiness]);
    expect((await ask("/health", {})).status).to.equal(200);
    expect((await ask("/ready", { host: "attacker.example" })).status).to.equal(403);
  });

  it("aRoute_thatIsNotThereYet_isAnswered503WithACodeAndThatItMayBeAskedAgain", async () => {
    const type = { ...authorized, "content-type": "application/octet-stream" };
    starting = new PleiadError("the node is starting", {
      code: "API_STARTING",
      retryable: true,
      hint: "wait",
    });
    const answer = await ask("/blobs", type, "POST", new Uint8Array(1));
    starting = undefined;
    expect([answer.status, JSON.parse(answer.text)]).to.deep.equal([
      503,
      { code: "API_STARTING", message: "the node is starting", hint: "wait", retryable: true },
    ]);
    expect(blobs.size).to.equal(0);
  });

  it("everyOtherRoute_withoutToken_isRefused", async () => {
    for (const path of ["/status", "/jobs", "/executions/1", "/metrics", `/blobs/0x${"00".repeat(32)}`]) {
      expect((await ask(path, {})).status, path).to.equal(401);
      expect((await ask(path, { authorization: "Bearer another" })).status, path).to.equal(401);
    }
  });

  it("aWebPage_byOriginOrForeignHost_gets403EvenWithTheToken", async () => {
    expect((await ask("/status", { ...authorized, origin: "http://127.0.0.1" })).status).to.equal(403);
    expect((await ask("/status", { ...authorized, origin: "null" })).status).to.equal(403);
    expect((await ask("/status", { ...authorized, host: "attacker.example" })).status).to.equal(403);
    expect((await ask("/health", { host: "attacker.example" })).status).to.equal(403);
  });

  it("aBlob_putAndAskedFor_comesBackByItsOwnDigest", async () => {
    const bytes = new TextEncoder().encode("a document");
    const put = await ask(
      "/blobs",
      { ...authorized, "content-type": "application/octet-stream" },
      "POST",
      bytes,
    );
    expect(JSON.parse(put.text)).to.deep.equal({ digest: keccak256(bytes) });
    const got = await ask(`/blobs/${keccak256(bytes)}`, authorized);
    expect(got).to.deep.equal({ status: 200, text: "a document" });
  });

  it("aBlob_ofThePageThatThisServerServes_isTaken_andOfNoOtherPage", async () => {
    const headers = { ...authorized, "content-type": "application/octet-stream" };
    const bytes = new TextEncoder().encode("of a page");
    const put = (origin: string) => ask("/blobs", { ...headers, origin }, "POST", bytes);
    expect((await put(new URL(api.url).origin)).status).to.equal(200);
    expect((await put("http://127.0.0.1")).status).to.equal(403);
    expect((await put("http://attacker.example")).status).to.equal(403);
    expect((await ask("/status", { ...authorized, origin: new URL(api.url).origin })).status).to.equal(403);
  });

  it("aBlob_missingEmptyOrTooLarge_isRefusedByName", async () => {
    const type = { ...authorized, "content-type": "application/octet-stream" };
    expect((await ask(`/blobs/0x${"11".repeat(32)}`, authorized)).status).to.equal(404);
    expect((await ask("/blobs/nonsense", authorized)).text).to.contain("API_DIGEST_INVALID");
    expect((await ask("/blobs", type, "POST")).text).to.contain("API_BODY_EMPTY");
    expect((await ask("/blobs", type, "POST", new Uint8Array(BODY_BYTES_MAX + 1))).status).to.equal(413);
    expect((await ask("/executions/abc", authorized)).text).to.contain("API_ID_INVALID");
  });

  it("aBusyPort_givesWayToTheNextFreeOne", async () => {
    const taken = Number(new URL(api.url).port);
    const modules = {
      ready: async () => ({ ready: true, checks: {}, warnings: [] }),
      status: async () => ({}),
      jobs: async () => [],
      execution: async () => ({}),
      putBlob: async () => keccak256("0x"),
      getBlob: async () => new Uint8Array(),
      metrics: async () => "",
      logger: pino({ level: "silent" }),
    };
    const second = await startApi({ host: "127.0.0.1", port: taken, token: TOKEN }, modules);
    try {
      expect(Number(new URL(second.url).port)).to.be.greaterThan(taken);
    } finally {
      await second.stop();
    }
  });

  it("anAddressThatIsNotLoopback_isRefused", async () => {
    const refused = await startApi({ host: "0.0.0.0", port: 0, token: TOKEN }, {} as never).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(PleiadError).and.have.property("code", "API_HOST_NOT_LOOPBACK");
  });
});
