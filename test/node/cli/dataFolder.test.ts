import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { daemonAccess, findDataFolder, readDataFolder } from "../../../node/src/cli/dataFolder.ts";
import { withFolder } from "./support/run.ts";

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof PleiadError ? error.code : String(error);
  }
}

describe("the data folder", () => {
  it("is the nearest .pleiad in the folder or above it", () =>
    withFolder(async (folder) => {
      const below = join(folder, "a", "b");
      mkdirSync(below, { recursive: true });
      expect(findDataFolder(undefined, { env: {}, cwd: below })).to.equal(undefined);
      mkdirSync(join(folder, ".pleiad"));
      expect(findDataFolder(undefined, { env: {}, cwd: below })).to.equal(join(folder, ".pleiad"));
      mkdirSync(join(folder, "a", ".pleiad"));
      expect(findDataFolder(undefined, { env: {}, cwd: below })).to.equal(join(folder, "a", ".pleiad"));
    }));

  it("is rather the one that PLEIAD_DATA names, and rather still the one that is named", () =>
    withFolder(async (folder) => {
      for (const name of [".pleiad", "one", "two"]) mkdirSync(join(folder, name));
      const around = { env: { PLEIAD_DATA: join(folder, "one") }, cwd: folder };
      expect(findDataFolder(undefined, around)).to.equal(join(folder, "one"));
      expect(findDataFolder("two", around)).to.equal(join(folder, "two"));
      expect(codeOf(() => findDataFolder("three", around))).to.equal("DATA_FOLDER_MISSING");
    }));

  it("is never one that belongs to another user, unless it is named", () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, ".pleiad"));
      const around = { env: {}, cwd: folder };
      const own = process.getuid?.() ?? 0;
      expect(findDataFolder(undefined, around, own)).to.equal(join(folder, ".pleiad"));
      expect(findDataFolder(undefined, around, own + 1)).to.equal(undefined);
      expect(findDataFolder(".pleiad", around, own + 1)).to.equal(join(folder, ".pleiad"));
    }));

  it("has no command sign with a key that lies outside of it", () =>
    withFolder(async (folder) => {
      for (const keyFile of ["/home/me/owner.key", "../owner.key", "x/../../owner.key"]) {
        const network = { rpcUrl: "http://127.0.0.1:8545", chainId: 31_337, requester: { keyFile } };
        writeFileSync(join(folder, "network.json"), JSON.stringify(network));
        expect(
          codeOf(() => readDataFolder(folder)),
          keyFile,
        ).to.equal("DATA_FOLDER_DAMAGED");
      }
    }));

  it("says of its network what network.json says, whatever else stands there", () =>
    withFolder(async (folder) => {
      expect(readDataFolder(folder)).to.equal(undefined);
      const network = {
        rpcUrl: "http://127.0.0.1:8545",
        chainId: 31_337,
        cluster: { id: 1, slug: "brief", color: "blue" },
        operators: [
          { name: "b", node: 2, folder: "operators/b", apiUrl: "http://127.0.0.1:1" },
          { name: "a", node: "1", folder: "/elsewhere/a" },
        ],
        requester: { keyFile: "requester.key" },
        startedAt: "today",
      };
      writeFileSync(join(folder, "network.json"), JSON.stringify(network));
      expect(readDataFolder(folder)).to.deep.include({
        rpcUrl: "http://127.0.0.1:8545",
        requesterKeyFile: join(folder, "requester.key"),
        operators: [
          { name: "a", node: 1n, folder: "/elsewhere/a" },
          { name: "b", node: 2n, folder: join(folder, "operators/b") },
        ],
      });
    }));

  it("that is damaged names what is wrong", () =>
    withFolder(async (folder) => {
      for (const text of [
        "",
        "{",
        "[]",
        '{"rpcUrl":"file:///etc/passwd","chainId":1}',
        '{"rpcUrl":"http://x","chainId":-1}',
      ]) {
        writeFileSync(join(folder, "network.json"), text);
        expect(
          codeOf(() => readDataFolder(folder)),
          text,
        ).to.equal("DATA_FOLDER_DAMAGED");
      }
    }));

  it("of a node says where its daemon listens, once one has started", () =>
    withFolder(async (folder) => {
      expect(daemonAccess(folder)).to.equal(undefined);
      const state = { state: "ready", pid: 1, node: "1", apiUrl: "http://127.0.0.1:7317", peerAddresses: [] };
      writeFileSync(join(folder, "daemon.json"), JSON.stringify(state));
      expect(daemonAccess(folder)).to.equal(undefined);
      writeFileSync(join(folder, "api.token"), "secret\n");
      expect(daemonAccess(folder)).to.deep.equal({ apiUrl: "http://127.0.0.1:7317", apiToken: "secret" });
    }));
});
