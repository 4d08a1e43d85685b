import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { TOKENS_MAX } from "../../../../node/src/workspace/face/limits.ts";
import { createAuthenticate } from "../../../../node/src/workspace/tokens/authenticate.ts";
import { createTokenStore, TOKENS_FOLDER } from "../../../../node/src/workspace/tokens/tokenStore.ts";
import { ALICE, fails } from "../support.ts";

const AGENT = { kind: "agent", agent: 12n, user: ALICE } as const;

describe("workspace tokens", () => {
  let dataFolder: string;
  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), "pleiad-tokens-"));
  });
  afterEach(() => rm(dataFolder, { recursive: true, force: true }));
  const open = () => createTokenStore({ dataFolder }, { now: () => 1_700_000_000_000 });

  it("each name the credential that they were made for", async () => {
    const tokens = open();
    for (const credential of [
      AGENT,
      { kind: "helper", cluster: 3n, name: "tester", user: ALICE },
      { kind: "user", cluster: 3n, user: ALICE },
      { kind: "node" },
      { kind: "node", cluster: 3n },
    ] as const) {
      const { id, token } = await tokens.create(credential, "somebody");
      expect(await tokens.find(token), credential.kind).to.deep.equal({
        id,
        label: "somebody",
        createdAtMs: 1_700_000_000_000,
        credential,
        role: "act",
        expiresAtMs: undefined,
      });
    }
    expect(await tokens.list()).to.have.length(5);
  });

  it("are on disk as hashes, in files that nobody else reads", async () => {
    const { id, token } = await open().create(AGENT, "ada");
    const folder = join(dataFolder, TOKENS_FOLDER);
    const file = join(folder, `${id}.json`);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await stat(folder)).mode & 0o777).to.equal(0o700);
    const secret = token.slice(-43);
    expect(await readFile(file, "utf8")).not.to.include(secret);
  });

  it("are found by the whole of them alone", async () => {
    const tokens = open();
    const { token } = await tokens.create(AGENT, "ada");
    const last = token.endsWith("A") ? "B" : "A";
    for (const wrong of [
      "",
      "x",
      token.slice(0, -1),
      `${token.slice(0, -1)}${last}`,
      `${token}A`,
      `../${token}`,
    ])
      expect(await tokens.find(wrong), wrong).to.equal(undefined);
  });

  it("count no more once they are revoked, in every store of the folder", async () => {
    const [tokens, others] = [open(), open()];
    const { id, token } = await tokens.create(AGENT, "ada");
    expect(await others.find(token)).not.to.equal(undefined);
    await tokens.revoke(id);
    expect(await others.find(token)).to.equal(undefined);
    expect(await others.isThere(id)).to.equal(false);
    await fails(tokens.revoke(id), "TOKEN_UNKNOWN");
    await fails(tokens.revoke("../../etc/passwd"), "TOKEN_UNKNOWN");
  });

  it("are bounded in number and in name", async () => {
    const tokens = open();
    await fails(tokens.create(AGENT, " "), "TOKEN_LABEL_INVALID");
    await fails(tokens.create(AGENT, "a".repeat(65)), "TOKEN_LABEL_INVALID");
    await tokens.create(AGENT, "first");
    const folder = join(dataFolder, TOKENS_FOLDER);
    const [file = ""] = await readdir(folder);
    const content = await readFile(join(folder, file));
    for (let at = 1; at < TOKENS_MAX; at++)
      await writeFile(join(folder, `${at.toString(16).padStart(16, "0")}.json`), content);
    await fails(tokens.create(AGENT, "one more"), "TOKENS_TOO_MANY");
  });

  it("that are damaged are named, and open to nobody", async () => {
    const tokens = open();
    const { id, token } = await tokens.create(AGENT, "ada");
    const file = join(dataFolder, TOKENS_FOLDER, `${id}.json`);
    for (const content of ["", "{", "{}", "x".repeat(10_000)]) {
      await writeFile(file, content);
      await fails(tokens.find(token), "TOKEN_DAMAGED");
    }
  });

  it("count until they expire, and make room for new ones some days later", async () => {
    const atMs = 1_700_000_000_000;
    const early = createTokenStore({ dataFolder }, { now: () => atMs });
    const { token } = await early.create({ kind: "node" }, "page", {
      role: "view",
      expiresAtMs: atMs + 1_000,
    });
    let nowMs = atMs;
    const authenticate = createAuthenticate(
      { tokens: early, operatorToken: "operator" },
      { now: () => nowMs },
    );
    const speaker = await authenticate(token);
    expect([speaker.role, speaker.expiresAtMs, await speaker.isCurrent()]).to.deep.equal([
      "view",
      atMs + 1_000,
      true,
    ]);
    nowMs += 1_000;
    expect(await speaker.isCurrent()).to.equal(false);
    await fails(authenticate(token), "TOKEN_EXPIRED");
    const weekMs = 7 * 24 * 3_600_000;
    const later = createTokenStore({ dataFolder }, { now: () => atMs + 1_001 + weekMs });
    await later.create({ kind: "node" }, "another");
    expect((await later.list()).map(({ label }) => label)).to.deep.equal(["another"]);
  });

  it("that have expired take no place of new ones, and are themselves bounded", async () => {
    let atMs = 1_700_000_000_000;
    const tokens = createTokenStore({ dataFolder }, { now: () => atMs });
    const { id, token } = await tokens.create({ kind: "node" }, "page", { expiresAtMs: atMs + 1 });
    const folder = join(dataFolder, TOKENS_FOLDER);
    const content = await readFile(join(folder, `${id}.json`), "utf8");
    const later = content.replace(String(atMs + 1), String(atMs + 2));
    for (let at = 1; at < TOKENS_MAX; at++)
      await writeFile(join(folder, `${at.toString(16).padStart(16, "0")}.json`), later);
    await fails(tokens.create(AGENT, "one too many"), "TOKENS_TOO_MANY");
    atMs += 2;
    const second = await tokens.create({ kind: "node" }, "another page", { expiresAtMs: atMs + 1 });
    expect(await tokens.find(token), "who shows it is told that it has expired").to.not.equal(undefined);
    atMs += 1;
    await tokens.create(AGENT, "ada");
    expect(await tokens.find(token), "the first that expired makes room").to.equal(undefined);
    expect(await tokens.find(second.token)).to.not.equal(undefined);
    expect(await tokens.list()).to.have.length(TOKENS_MAX + 1);
  });

  it("that are damaged keep nobody from having a new one", async () => {
    const tokens = open();
    const { id } = await tokens.create(AGENT, "ada");
    await writeFile(join(dataFolder, TOKENS_FOLDER, `${id}.json`), "{");
    const { token } = await tokens.create(AGENT, "bob");
    expect((await tokens.find(token))?.label).to.equal("bob");
    await fails(tokens.list(), "TOKEN_DAMAGED");
  });

  it("beside the operator's own: an empty one opens to nobody", async () => {
    const tokens = open();
    const authenticate = createAuthenticate({ tokens, operatorToken: "operator" });
    expect((await authenticate("operator")).credential).to.deep.equal({ kind: "node" });
    const { id, token } = await tokens.create(AGENT, "ada");
    const speaker = await authenticate(token);
    expect([speaker.id, speaker.credential, await speaker.isCurrent()]).to.deep.equal([id, AGENT, true]);
    await fails(authenticate("operato"), "TOKEN_WRONG");
    await fails(authenticate(undefined), "TOKEN_WRONG");
    await fails(createAuthenticate({ tokens, operatorToken: "" })(""), "TOKEN_WRONG");
  });
});
