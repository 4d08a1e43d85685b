import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { dataFolderOf } from "../../../node/src/cli/commands/localOptions.ts";
import { failureOf } from "./support/commands.ts";
import { callCli, withFolder } from "./support/run.ts";

describe("a command that is typed wrongly", () => {
  const failing = async (args: readonly string[], cwd: string) =>
    failureOf(await callCli([...args, "--json"], { cwd }));

  it("is told what was meant where its family was left out", () =>
    withFolder(async (cwd) => {
      const meant = {
        execute: "pleiad cluster execute",
        withdraw: "one of pleiad credit withdraw, pleiad bond withdraw",
        rotate: undefined,
      };
      for (const [word, expected] of Object.entries(meant)) {
        const { code, hint } = await failing([word], cwd);
        expect(code, word).to.equal("USAGE_COMMAND_UNKNOWN");
        if (expected !== undefined) expect(hint, word).to.include(`did you mean ${expected}?`);
      }
    }));

  it("is told that an id is none before a chain is looked for", () =>
    withFolder(async (cwd) => {
      for (const command of ["show", "watch", "cancel", "expire"]) {
        const { code, message } = await failing(["execution", command, "abc"], cwd);
        expect(code, command).to.equal("USAGE_INVALID");
        expect(message, command).to.include('"abc" is no id');
      }
      const receipt = await failing(["execution", "receipt", "abc", "--output", "receipt.json"], cwd);
      expect(receipt.code).to.equal("USAGE_INVALID");
    }));

  it("is told that a file is a folder, or no JSON", () =>
    withFolder(async (cwd) => {
      expect((await failing(["cluster", "apply", cwd], cwd)).message).to.include("it is a folder");
      const document = await failing(["cluster", "execute", "1", "--input", cwd], cwd);
      expect(document.message).to.equal(`cannot read the document ${cwd}: it is a folder`);
      expect((await failing(["verify", import.meta.filename], cwd)).message).to.include("it is no JSON");
    }));

  it("starts a node by its folder, as other commands of nodes name it, or by its configuration", () =>
    withFolder(async (cwd) => {
      const folder = await failing(["node", "start", "there"], cwd);
      expect(folder.message).to.include(join(cwd, "there", "pleiad.yaml"));
      const file = await failing(["node", "start", "--config", "other.yaml"], cwd);
      expect(file.message).to.include(join(cwd, "other.yaml"));
      const both = await failing(["node", "start", "there", "--config", "other.yaml"], cwd);
      expect(both.code).to.equal("USAGE_INVALID");
    }));

  it("puts no local network into the folder where it runs for an empty --data or PLEIAD_DATA", () =>
    withFolder(async (cwd) => {
      expect(dataFolderOf("", {}, cwd)).to.equal(join(cwd, ".pleiad"));
      expect(dataFolderOf(undefined, { PLEIAD_DATA: "" }, cwd)).to.equal(join(cwd, ".pleiad"));
    }));
});
