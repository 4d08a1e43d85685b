import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import {
  DOOR_CONNECTIONS_MAX,
  DOOR_PATH_BYTES_MAX,
  type Door,
  doorPathFor,
  openDoor,
} from "../../../../node/src/agents/sandbox/door.ts";
import { sweepOrphans } from "../../../../node/src/agents/sweep.ts";
import { socketFetch } from "../../../../node/src/workspace/mcp/socketFetch.ts";
import { expectCode } from "../fixtures/world.ts";

describe("door of a sandbox", () => {
  let folder: string;
  let api: Server;
  let port: number;
  let door: Door;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-door-"));
    api = createServer((request, response) => {
      if (request.url === "/empty") return void response.writeHead(202, { "x-one": "1" }).end();
      if (request.url === "/none") return void response.writeHead(204).end();
      if (request.url === "/stream") {
        response.writeHead(200, { "content-type": "text/event-stream" });
        // Never ended: what is streamed has to come through at once.
        return void response.write("data: first\n\n");
      }
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        const { method, url, headers } = request;
        response.end(JSON.stringify({ method, url, host: headers.host, token: headers.authorization, body }));
      });
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    port = (api.address() as { readonly port: number }).port;
    door = await openDoor({ path: join(folder, "api.sock"), apiPort: port });
  });
  after(async () => {
    await door.close();
    expect(existsSync(door.path)).to.equal(false);
    api.closeAllConnections();
    api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("that a daemon left when it was killed goes at the next start of its data folder, and no other's does", async () => {
    const [one, other] = ["one", "other"].map((name) =>
      `door-${name}-${process.pid}-${Math.random().toString(36).slice(2)}`.padEnd(40, "-"),
    ) as [string, string];
    const doors = [doorPathFor(one), doorPathFor(other)] as const;
    for (const path of doors) expect(Buffer.byteLength(path)).to.be.at.most(DOOR_PATH_BYTES_MAX - 30);
    // Whoever is killed closes nothing: the file stays, and nobody listens.
    const child = spawnSync(process.execPath, [
      "-e",
      `const [, ...paths] = process.argv; let left = paths.length;
         for (const path of paths) require("node:net").createServer().listen(path, () => { if (--left === 0) process.kill(process.pid, "SIGKILL"); });`,
      ...doors,
    ]);
    expect(child.signal).to.equal("SIGKILL");
    const named = doorPathFor(one);
    writeFileSync(named, "a file that only looks like one");
    try {
      expect(doors.map((path) => existsSync(path))).to.deep.equal([true, true]);
      expect((await sweepOrphans(one)).doorsRemoved).to.equal(1);
      expect(doors.map((path) => existsSync(path))).to.deep.equal([false, true]);
      expect(existsSync(named)).to.equal(true);
    } finally {
      for (const path of [...doors, named]) rmSync(path, { force: true });
    }
  });

  it("leads requests to the API by the name that the API answers to, with their token and body", async () => {
    const response = await socketFetch(door.path)(`http://127.0.0.1:${port}/mcp?a=1`, {
      method: "POST",
      headers: { authorization: "Bearer the-token" },
      body: "çava",
    });
    expect(await response.json()).to.deep.equal({
      method: "POST",
      url: "/mcp?a=1",
      host: `127.0.0.1:${port}`,
      token: "Bearer the-token",
      body: "çava",
    });
  });

  it("passes statuses, headers and bodies that are none on", async () => {
    const ask = socketFetch(door.path);
    const empty = await ask(`http://127.0.0.1:${port}/empty`);
    expect([empty.status, empty.headers.get("x-one"), await empty.text()]).to.deep.equal([202, "1", ""]);
    expect((await ask(`http://127.0.0.1:${port}/none`)).status).to.equal(204);
  });

  it("shows a stream as it comes, and ends it when nobody listens any more", async () => {
    const stop = new AbortController();
    const response = await socketFetch(door.path)(`http://127.0.0.1:${port}/stream`, { signal: stop.signal });
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).to.equal("data: first\n\n");
    stop.abort();
    let failure: unknown;
    await reader?.read().catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.be.an("error");
  });

  it("fails where there is no socket, as fetch does", async () => {
    let failure: unknown;
    await socketFetch(join(folder, "nothing"))("http://127.0.0.1/").catch((error: unknown) => {
      failure = error;
    });
    expect(failure).to.have.property("code", "ENOENT");
  });

  it("is the user's own alone", () => {
    expect(statSync(door.path).mode & 0o777).to.equal(0o600);
  });

  it("ends what comes in when the API is gone, and takes no more than a few at once", async () => {
    const gone = await openDoor({ path: join(folder, "gone.sock"), apiPort: 1 });
    const socket = connect(gone.path);
    socket.on("error", () => {});
    await once(socket, "close");
    await gone.close();
    const sockets = Array.from({ length: DOOR_CONNECTIONS_MAX + 1 }, () => connect(door.path));
    for (const one of sockets) one.on("error", () => {});
    // One of them is dropped; the others stay.
    await Promise.race(sockets.map((one) => once(one, "close")));
    expect(sockets.filter((one) => !one.destroyed).length).to.equal(DOOR_CONNECTIONS_MAX);
    for (const one of sockets) one.destroy();
  });

  it("refuses a path that no socket can have", async () => {
    const error = await expectCode(
      openDoor({ path: join(folder, "x".repeat(120)), apiPort: port }),
      "AGENT_START_FAILED",
    );
    expect(error.details.errorCode).to.equal("ENAMETOOLONG");
    await expectCode(openDoor({ path: join(folder, "no", "folder"), apiPort: port }), "AGENT_START_FAILED");
  });
});
