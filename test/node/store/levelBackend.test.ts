import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openLevelBackend } from "../../../node/src/store/levelBackend.ts";
import { failure, temporaryFolder } from "./helpers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("LevelDB backend", () => {
  it("says why it could not be opened again to whoever asks, and works again once it could", async () => {
    await using folder = await temporaryFolder();
    const [path, away] = [join(folder.path, "db"), join(folder.path, "away")];
    const backend = await openLevelBackend({ folder: path, create: true });
    await backend.write([{ key: "key", value: bytes("value") }], true);
    await rename(path, away);
    await failure(backend.reopen(), "STORE_EMPTIED");
    await failure(backend.get("key"), "STORE_EMPTIED");
    await failure(backend.write([{ key: "key", value: bytes("other") }], true), "STORE_EMPTIED");
    await failure(backend.entries("")[Symbol.asyncIterator]().next(), "STORE_EMPTIED");
    await rename(path, join(folder.path, "leftover"));
    await rename(away, path);
    await backend.reopen();
    expect(await backend.get("key")).to.deep.equal(bytes("value"));
    await backend.close();
  });

  it("is opened once, under whatever path", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "db");
    const backend = await openLevelBackend({ folder: path, create: true });
    await symlink(path, join(folder.path, "link"));
    for (const other of [path, join(folder.path, ".", "x", "..", "db"), join(folder.path, "link")]) {
      await failure(openLevelBackend({ folder: other, create: true }), "STORE_LOCKED");
    }
    await backend.close();
    await (await openLevelBackend({ folder: join(folder.path, "link"), create: false })).close();
  });

  it("gives entries by prefix, in order or in reverse, as many as asked for", async () => {
    await using folder = await temporaryFolder();
    const backend = await openLevelBackend({ folder: join(folder.path, "db"), create: true });
    const keys = ["a/1", "a/2", "a/3", "b/1"];
    await backend.write(
      keys.map((key) => ({ key, value: bytes(key) })),
      false,
    );
    const found = async (prefix: string, options = {}) => {
      const all: string[] = [];
      for await (const [key] of backend.entries(prefix, options)) all.push(key);
      return all;
    };
    expect(await found("a/")).to.deep.equal(["a/1", "a/2", "a/3"]);
    expect(await found("a/", { reverse: true, limit: 2 })).to.deep.equal(["a/3", "a/2"]);
    expect(await found("")).to.deep.equal(keys);
    await backend.close();
    await failure(backend.get("a/1"), "STORE_CLOSED");
  });
});
