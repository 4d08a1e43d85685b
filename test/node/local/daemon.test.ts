import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTRACT_NAMES } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { createKeystore } from "../../../node/src/config/keystore.ts";
import { loadConfig } from "../../../node/src/config/load.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import { openStore } from "../../../node/src/store/open.ts";
import { failure, logger } from "../chain/helpers.ts";

const PASSWORD = "the password of this test";
const ADDRESS = "0x00000000000000000000000000000000000000";

describe("daemon", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-daemon-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function configFor(rpcUrl: string) {
    await createKeystore({
      path: join(folder, "keystore.json"),
      password: PASSWORD,
      privateKey: `0x${"11".repeat(32)}`,
      cost: "light",
    });
    const contracts = CONTRACT_NAMES.map((name, index) => `    ${name}: "${ADDRESS}1${index}"`);
    const lines = [
      "chain:",
      `  rpcUrls: ["${rpcUrl}"]`,
      "  chainId: 31337",
      "  contracts:",
      ...contracts,
      "node: { keystore: keystore.json }",
      "network: { enabled: false }",
      "api: { port: 0 }",
    ];
    writeFileSync(join(folder, "pleiad.yaml"), lines.join("\n"));
    return loadConfig(join(folder, "pleiad.yaml"));
  }

  it("start_whileTheEndpointHangs_itsApiIsAliveSaysHowFarItIsAndTakesNothing", async () => {
    const stop = new AbortController();
    const endpoint = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((resolve) => endpoint.once("listening", resolve));
    try {
      const { port } = endpoint.address() as AddressInfo;
      const config = await configFor(`http://127.0.0.1:${port}`);
      const listening = Promise.withResolvers<string>();
      const starting = startDaemon(
        { config, password: PASSWORD, signal: stop.signal },
        { logger, onListening: async (apiUrl) => listening.resolve(apiUrl) },
      );
      const url = await Promise.race([listening.promise, starting.then(() => "at work at once")]);
      const authorization = `Bearer ${readFileSync(join(folder, "api.token"), "utf8").trim()}`;
      const ask = async (path: string, init: RequestInit = {}) => {
        const answer = await fetch(new URL(path, url), {
          ...init,
          headers: { authorization, "content-type": "application/octet-stream" },
        });
        return [answer.status, await answer.text()] as const;
      };
      expect((await ask("/health"))[0]).to.equal(200);

      const [status, text] = await ask("/ready");
      expect(status).to.equal(503);
      const { checks } = JSON.parse(text) as { checks: Record<string, { ok: boolean; reason: string }> };
      expect(checks.chain?.reason).to.equal("catching up: the chain has not told its newest block yet");
      expect([checks.store?.ok, checks.keys?.ok, checks.work?.ok]).to.deep.equal([true, true, false]);

      const [putStatus, put] = await ask("/blobs", { method: "POST", body: "a document" });
      expect(putStatus).to.equal(503);
      expect(JSON.parse(put)).to.include({ code: "API_STARTING", retryable: true });
      for (const path of [
        "/jobs",
        "/executions/1",
        `/blobs/0x${"11".repeat(32)}`,
        "/backup",
        "/logs/1/export",
      ])
        expect((await ask(path))[0], path).to.equal(503);
      for (const path of ["/workspace", "/workspace/1/agents", "/mcp"]) {
        const [faceStatus, face] = await ask(path);
        expect([faceStatus, JSON.parse(face).code], path).to.deep.equal([503, "API_STARTING"]);
      }
      expect((await ask("/openapi.json"))[0]).to.equal(200);

      expect(JSON.parse((await ask("/status"))[1])).to.deep.include({ starting: true });
      const [, metrics] = await ask("/metrics");
      expect(metrics)
        .to.contain('pleiad_ready_state{check="chain"} 0')
        .and.to.contain("pleiad_store_blobs_bytes 0");

      stop.abort();
      await failure(starting, "LOCAL_STOPPED");
      await fetch(new URL("/health", url)).then(
        () => expect.fail("its API still listens"),
        () => undefined,
      );
    } finally {
      stop.abort();
      endpoint.closeAllConnections();
      await new Promise((resolve) => endpoint.close(resolve));
    }
  });

  it("start_stoppedWhileTheEndpointIsAway_endsAndClosesItsStore", async () => {
    const stop = new AbortController();
    // Takes the question and never answers it.
    const endpoint = createServer(() => stop.abort()).listen(0, "127.0.0.1");
    await new Promise((resolve) => endpoint.once("listening", resolve));
    try {
      const { port } = endpoint.address() as AddressInfo;
      const config = await configFor(`http://127.0.0.1:${port}`);
      const starting = startDaemon({ config, password: PASSWORD, signal: stop.signal }, { logger });
      await failure(starting, "LOCAL_STOPPED");
      const contract = `${ADDRESS}1${CONTRACT_NAMES.indexOf("clusterExecutions")}` as `0x${string}`;
      const store = await openStore({ dataFolder: folder, chainId: 31337, contract }, { logger });
      await store.close();
    } finally {
      endpoint.closeAllConnections();
      await new Promise((resolve) => endpoint.close(resolve));
    }
  });

  it("start_afterAKill_whatWasHalfWrittenIsGone", async () => {
    const stop = new AbortController();
    const endpoint = createServer(() => stop.abort()).listen(0, "127.0.0.1");
    await new Promise((resolve) => endpoint.once("listening", resolve));
    try {
      const { port } = endpoint.address() as AddressInfo;
      const config = await configFor(`http://127.0.0.1:${port}`);
      const { pid } = spawnSync(process.execPath, ["--version"]);
      mkdirSync(join(folder, "helper-records"));
      const paths = ["", "helper-records"].map((name) => join(folder, name, `.tmp-${pid}-0123456789abcdef`));
      for (const path of paths) writeFileSync(path, "half");
      await failure(
        startDaemon({ config, password: PASSWORD, signal: stop.signal }, { logger }),
        "LOCAL_STOPPED",
      );
      expect(paths.filter((path) => existsSync(path))).to.deep.equal([]);
    } finally {
      endpoint.closeAllConnections();
      await new Promise((resolve) => endpoint.close(resolve));
    }
  });
});
