import { createHmac } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { plainAlert } from "../../../../node/src/manager/alerts/codec.ts";
import type { Delivery } from "../../../../node/src/manager/alerts/outbox.ts";
import { createPost, isRefusal } from "../../../../node/src/manager/alerts/post.ts";
import { createWebhook } from "../../../../node/src/manager/alerts/webhook.ts";
import { SINK_ANSWER_BYTES_MAX } from "../../../../node/src/manager/limits.ts";
import { failure, temporaryFolder } from "../../config/helpers.ts";
import { openReceiver } from "./receiver.ts";
import { alertWith } from "./support.ts";

const DELIVERY: Delivery = { id: "main-ab-1", event: "firing", atMs: 5, alert: plainAlert(alertWith()) };
const SECRET = "0123456789abcdef0123456789abcdef";
const NOW_MS = 1_785_310_000_999;
const quiet = new AbortController().signal;

/** As docs/manager.md tells a receiver to do it. */
function isGenuine(
  secret: string,
  headers: Readonly<Record<string, unknown>>,
  body: string,
  nowMs: number,
): boolean {
  const timestamp = String(headers["pleiad-timestamp"]);
  if (!(Math.abs(nowMs / 1_000 - Number(timestamp)) <= 300)) return false;
  const mac = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  return headers["pleiad-signature"] === `v1=${mac}`;
}

describe("a webhook", () => {
  it("posts what happened, signed over time and body, with the secret's file as it is now", async () => {
    await using folder = await temporaryFolder();
    await using receiver = await openReceiver();
    const secretFile = join(folder.path, "secret");
    await writeFile(secretFile, `${SECRET}\n`, { mode: 0o600 });
    const deliver = createWebhook(
      { manager: "main", url: `${receiver.url}/hooks/x?y=1`, secretFile },
      { post: createPost(), now: () => NOW_MS },
    );
    await deliver(DELIVERY, quiet);
    const [request] = receiver.received;
    expect(request?.path).to.equal("/hooks/x?y=1");
    expect(JSON.parse(request?.body ?? "")).to.deep.equal({
      delivery: "main-ab-1",
      event: "firing",
      manager: "main",
      alert: { ...plainAlert(alertWith()) },
    });
    expect(request?.headers).to.include({
      "content-type": "application/json",
      "pleiad-delivery": "main-ab-1",
      "pleiad-timestamp": "1785310000",
    });
    const { headers = {}, body = "" } = request ?? {};
    expect(isGenuine(SECRET, headers, body, NOW_MS)).to.equal(true);
    expect(isGenuine("another secret of length", headers, body, NOW_MS)).to.equal(false);
    expect(isGenuine(SECRET, headers, body.replace("firing", "resolved"), NOW_MS)).to.equal(false);
    expect(isGenuine(SECRET, { ...headers, "pleiad-timestamp": "1785310001" }, body, NOW_MS)).to.equal(false);
    expect(isGenuine(SECRET, headers, body, NOW_MS + 301_000), "an old one").to.equal(false);

    await writeFile(secretFile, "another secret of length");
    await deliver(DELIVERY, quiet);
    const again = receiver.received[1];
    expect(isGenuine("another secret of length", again?.headers ?? {}, again?.body ?? "", NOW_MS)).to.equal(
      true,
    );
  });

  it("uses no secret that others may read, that is not there, or that could be guessed", async () => {
    await using folder = await temporaryFolder();
    const secretFile = join(folder.path, "secret");
    const post = () => expect.fail("nothing is sent");
    const deliver = createWebhook(
      { manager: "main", url: "http://127.0.0.1:1", secretFile },
      { post, now: () => 0 },
    );
    await failure(deliver(DELIVERY, quiet), "ALERT_SECRET_MISSING");
    await writeFile(secretFile, "short\n", { mode: 0o600 });
    await failure(deliver(DELIVERY, quiet), "ALERT_SECRET_MISSING");
    await writeFile(secretFile, "x".repeat(2_000));
    await failure(deliver(DELIVERY, quiet), "ALERT_SECRET_UNREADABLE");
    await writeFile(secretFile, SECRET);
    await chmod(secretFile, 0o640);
    await failure(deliver(DELIVERY, quiet), "ALERT_SECRET_MODE");
  });
});

describe("a request to a sink", () => {
  const ask = (url: string, timeoutMs = 5_000) =>
    createPost({ timeoutMs })({ url, headers: {}, body: "{}" }, quiet);

  it("follows no redirect, and takes nothing but 2xx for delivered", async () => {
    await using receiver = await openReceiver();
    await using elsewhere = await openReceiver();
    for (const [status, refusal] of [
      [301, false],
      [307, false],
      [308, false],
      [400, true],
      [401, true],
      [404, true],
      [408, false],
      [429, false],
      [500, false],
      [503, false],
    ] as const) {
      receiver.answer = (response) =>
        void response.writeHead(status, { location: elsewhere.url }).end("<secret>");
      const error = await failure(ask(receiver.url), "ALERT_SINK_FAILED");
      expect([error.retryable, isRefusal(error), error.message], String(status)).to.deep.equal([
        true,
        refusal,
        `the sink took no alert: it answered ${status}`,
      ]);
    }
    expect(elsewhere.received).to.deep.equal([]);
    receiver.answer = (response) => void response.writeHead(204).end();
    await ask(receiver.url);
  });

  it("ends in time, reads no more than it needs, and names no URL where it fails", async () => {
    await using receiver = await openReceiver();
    receiver.answer = () => undefined;
    const silent = await failure(ask(`${receiver.url}/token-4c1f`, 50), "ALERT_SINK_FAILED");
    expect(silent.message).to.equal("the sink took no alert: it did not answer within 50 ms");
    // Without an end: what is read is the limit's, and the status is the answer.
    let isClosed = Promise.resolve();
    receiver.answer = (response) => {
      isClosed = new Promise((resolve) => response.on("close", resolve));
      response.writeHead(200);
      response.write("x".repeat(SINK_ANSWER_BYTES_MAX + 1));
    };
    await ask(receiver.url);
    await isClosed;
    const port = new URL(receiver.url).port;
    await receiver[Symbol.asyncDispose]();
    const gone = await failure(ask(`http://127.0.0.1:${port}/token-4c1f`), "ALERT_SINK_FAILED");
    expect(gone.message).to.equal("the sink took no alert: it cannot be reached: ECONNREFUSED");
    for (const error of [silent, gone]) expect(JSON.stringify(error)).not.to.contain("token-4c1f");
  });

  it("is given up at once where the daemon stops", async () => {
    await using receiver = await openReceiver();
    const ending = new AbortController();
    receiver.answer = () => ending.abort();
    await failure(
      createPost()({ url: receiver.url, headers: {}, body: "{}" }, ending.signal),
      "ALERT_SINK_FAILED",
    );
  });
});
