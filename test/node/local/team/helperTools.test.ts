import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { HelperPlan } from "../../../../node/src/agents/team/ports.ts";
import {
  helperToolsFor,
  jobToolsFor,
  revokeProgramTokens,
} from "../../../../node/src/local/team/helperTools.ts";
import { createToolCalls } from "../../../../node/src/local/team/toolCalls.ts";
import { createTokenStore, TOKENS_FOLDER } from "../../../../node/src/workspace/tokens/tokenStore.ts";

const USER = `0x${"aa".repeat(20)}` as const;
const ADA = { cluster: 7n, name: "ada", user: USER } as HelperPlan;

describe("tokens of agents' programs", () => {
  let dataFolder: string;
  beforeEach(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), "pleiad-helper-tools-"));
  });
  afterEach(async () => rm(dataFolder, { recursive: true }));

  const labels = async () =>
    (await createTokenStore({ dataFolder }).list()).map(({ label }) => label).toSorted();

  function setUp() {
    const tokens = createTokenStore({ dataFolder });
    const options = { apiUrl: "http://127.0.0.1:1", isClosed: false, tagPrefix: "none", direct: undefined };
    const directTools = () => Promise.reject(new Error("there are no tools"));
    return { tokens, options, modules: { tokens, calls: createToolCalls(), directTools } };
  }

  it("that a daemon which was killed had given are nobody's any more, and those of others stay", async () => {
    const { tokens, options, modules } = setUp();
    await helperToolsFor(ADA, options, modules);
    await jobToolsFor({ agent: 3n, cluster: 7n, user: USER }, options, modules);
    await tokens.create({ kind: "helper", cluster: 7n, name: "ada", user: USER }, "my own script");
    await tokens.create({ kind: "node" }, "program of ada");
    expect(await labels()).to.have.length(4);
    await revokeProgramTokens(tokens);
    expect(await labels()).to.deep.equal(["my own script", "program of ada"]);
  });

  it("are taken back and given where the file of another token is damaged", async () => {
    const { tokens, options, modules } = setUp();
    await helperToolsFor(ADA, options, modules);
    const damaged = join(dataFolder, TOKENS_FOLDER, `${"0".repeat(16)}.json`);
    await writeFile(damaged, "{");
    await revokeProgramTokens(tokens);
    expect(await readdir(join(dataFolder, TOKENS_FOLDER))).to.deep.equal([`${"0".repeat(16)}.json`]);
    await helperToolsFor(ADA, options, modules);
    await rm(damaged);
    expect(await labels()).to.deep.equal(["program of ada"]);
  });

  it("are not left where what they are for cannot be had", async () => {
    const { options, modules } = setUp();
    const direct = { ...options, direct: { allowed: undefined } };
    const error = await helperToolsFor(ADA, direct, modules).catch((reason: Error) => reason);
    expect((error as Error).message).to.equal("there are no tools");
    expect(await labels()).to.deep.equal([]);
  });
});
