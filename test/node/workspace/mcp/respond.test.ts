import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect } from "chai";
import { describe, it } from "mocha";
import { respond } from "../../../../node/src/workspace/mcp/respond.ts";

describe("respond", () => {
  it("cuts a reader that takes nothing, and stops reading what was for it", async () => {
    let pulled = 0;
    const cancelled = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(256 * 1024));
      },
      cancel: () => cancelled.resolve(),
    });
    const server = createServer((_request, response) => {
      void respond(new Response(body), response, 50);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const reader = connect((server.address() as AddressInfo).port, "127.0.0.1");
    try {
      reader.pause();
      reader.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await cancelled.promise;
      // What the system's buffers took, and no more.
      expect(pulled).to.be.lessThan(400);
    } finally {
      reader.destroy();
      server.close();
      await once(server, "close");
    }
  });

  it("writes status, headers and body of an answer that is no stream", async () => {
    const server = createServer((_request, response) => {
      void respond(Response.json({ done: true }, { status: 404, headers: { "x-of": "test" } }), response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect([answer.status, answer.headers.get("x-of"), await answer.json()]).to.deep.equal([
      404,
      "test",
      { done: true },
    ]);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
});
