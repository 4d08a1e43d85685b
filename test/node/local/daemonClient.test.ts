import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { daemonClient } from "../../../node/src/local/daemonClient.ts";
import { failure } from "../store/helpers.ts";

/** A server that says the same to whatever it is asked. */
async function answering(status: number, body: string) {
  const server = createServer((_request, response) => void response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    client: daemonClient({ apiUrl: `http://127.0.0.1:${port}`, apiToken: "t" }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("daemonClient", () => {
  for (const [what, body] of [
    ["no JSON", "<html>"],
    ["a job without its state", JSON.stringify([{ execution: "1", task: 0 }])],
  ] as const) {
    it(`says that what answers is no daemon of this version, where it answers ${what}`, async () => {
      await using other = await answering(200, body);
      const error = await failure(other.client.jobs(), "DAEMON_ANSWER_INVALID");
      expect(error.retryable).to.equal(false);
    });
  }

  it("passes a daemon's own refusal on, with its code", async () => {
    await using other = await answering(503, JSON.stringify({ code: "STORE_FULL", message: "no room" }));
    const error = await failure(other.client.jobs(), "STORE_FULL");
    expect(error.retryable).to.equal(true);
  });

  it("says that nobody answers", async () => {
    const { client, [Symbol.asyncDispose]: stop } = await answering(200, "[]");
    await stop();
    const error = await failure(client.jobs(), "DAEMON_UNREACHABLE");
    expect(error.retryable).to.equal(true);
  });
});
