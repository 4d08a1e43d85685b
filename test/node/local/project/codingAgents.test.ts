import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parseConfig } from "../../../../node/src/config/parse.ts";
import { findCodingAgents, installableAgents } from "../../../../node/src/local/project/codingAgents.ts";
import { makeTeamFile, readTeam, TEAM_FILE } from "../../../../node/src/local/project/teamFile.ts";

describe("services for the helpers of a project", () => {
  let folder: string;
  let bin: string;
  const project = { name: "app", top: "/srv/app" };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-agents-"));
    bin = join(folder, "bin");
    mkdirSync(bin);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, at = bin): string {
    const path = join(at, name);
    writeFileSync(path, `#!/bin/sh\ntouch ${join(folder, "started")}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const team = (text: string) => {
    writeFileSync(join(folder, TEAM_FILE), text, { mode: 0o600 });
    return findCodingAgents({ PATH: bin }).then((found) =>
      readTeam({ dataFolder: folder, project, found, searchPath: bin }),
    );
  };
  const refusalOf = async (text: string): Promise<string> => {
    try {
      await team(text);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      expect(error.code).to.equal("CONFIG_INVALID");
      return error.message;
    }
    throw new Error("nothing was refused");
  };

  it("are made for coding agents in PATH, none of which is started, with names of variables and never their values", async () => {
    const path = program("opencode");
    const found = await findCodingAgents({ PATH: bin, OPENAI_API_KEY: "sk-secret" });
    expect(found.map(({ name, hasKey }) => [name, hasKey])).to.deep.equal([["opencode", true]]);
    expect(found[0]?.service).to.include({ program: path, network: true });
    expect(JSON.stringify(found)).to.include("OPENAI_API_KEY").and.not.to.include("sk-secret");
    expect((await findCodingAgents({ PATH: bin }))[0]?.hasKey).to.equal(false);
    expect(existsSync(join(folder, "started")), "whether it was started").to.equal(false);
  });

  it("may read in a sandbox what a program that npm installed consists of, and the Node.js that runs it", async () => {
    const home = join(folder, "lib", "node_modules", "qwen", "dist");
    mkdirSync(home, { recursive: true });
    symlinkSync(program("cli.js", home), join(bin, "qwen"));
    program("node");
    const [qwen] = await findCodingAgents({ PATH: bin });
    expect(qwen?.service.readable).to.deep.equal([join(folder, "lib", "node_modules"), bin]);
  });

  it("are named with the command that installs each, where there is none", () => {
    expect(installableAgents().map(({ name }) => name)).to.deep.equal([
      "claude",
      "codex",
      "opencode",
      "gemini",
      "qwen",
    ]);
    for (const { command } of installableAgents()) expect(command).to.match(/^npm install -g \S+$/);
  });

  it("come from the file too, which counts first, and leave room for as many helpers as may run", async () => {
    program("opencode");
    program("gemini");
    const { parts, services } = await team(
      "services:\n  opencode: { kind: acp, program: /x/mine }\n  other: { kind: acp, program: sh, parallelMax: 2 }\nworkspace: { helpersMax: 5, agentServices: [gemini] }\n",
    );
    expect(services.map(({ name, from, missing }) => [name, from, missing])).to.deep.equal([
      ["gemini", "found", undefined],
      ["opencode", "file", "/x/mine"],
      ["other", "file", "sh"],
    ]);
    // Helpers take no place of a service: how many there are, `helpersMax` says alone.
    expect(parts.sections.services?.gemini).not.to.have.property("parallelMax");
    expect(parts.sections.services?.opencode).to.deep.equal({ kind: "acp", program: "/x/mine" });
    expect(parts.sections.services?.other).to.deep.equal({ kind: "acp", program: "sh", parallelMax: 2 });
    expect(parts.sections.folders?.projects).to.deep.equal({ app: "/srv/app" });
    const config = parseConfig(JSON.stringify(parts.sections), join(folder, "pleiad.yaml"));
    expect([...config.services.keys()]).to.deep.equal(["gemini", "opencode", "other"]);
  });

  it("have a file to begin with, which is valid as it is and with every example in it switched on", async () => {
    await makeTeamFile(folder);
    const { readFileSync } = await import("node:fs");
    const text = readFileSync(join(folder, TEAM_FILE), "utf8");
    expect((await team(text)).services).to.deep.equal([]);
    const examples = text.replaceAll(/^# ?(services:|folders:|workspace:|budgets:| {2})/gm, "$1");
    expect((await team(examples)).services.map(({ name }) => name)).to.deep.equal(["mine", "small"]);
  });

  it("are refused with file, line and key where the file says what it cannot", async () => {
    expect(await refusalOf("service:\n  a: {}\n")).to.match(/team\.yaml:1: service: unknown key/);
    expect(await refusalOf("chain: { chainId: 1 }\n")).to.match(
      /team\.yaml:1: chain: unknown key, expected one of services/,
    );
    expect(await refusalOf("services:\n  a: { kind: acp, programm: x }\n")).to.match(
      /team\.yaml:2: .*did you mean .*program/,
    );
    expect(await refusalOf("services:\n  reader: { kind: acp, program: x }\n")).to.match(
      /team\.yaml:2: services\.reader/,
    );
    expect(await refusalOf("workspace: { agentServices: [nobody] }\n")).to.match(/"nobody" is no service/);
    expect(await refusalOf("folders: { projects: { app: /srv/other } }\n")).to.match(/name of this project/);
  });
});
