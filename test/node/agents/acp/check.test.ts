import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { checkService, type ServiceCheck } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import { temporaryFolder } from "../fixtures/world.ts";

describe("check of an acp service", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  const check = (service: object): Promise<ServiceCheck> =>
    checkService(serviceSchema.parse({ kind: "acp", ...service }), {
      environment: { PATH: "/usr/bin:/bin" },
    });
  function script(name: string, text: string): string {
    const file = join(folder.path, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o700);
    return file;
  }

  it("asks a program that is known for its version", async () => {
    const program = script("gemini", `[ "$1" = --version ] && echo "gemini 0.61.0 (build 7)"`);
    const { usable, findings } = await check({ program, environment: ["GEMINI_API_KEY"] });
    expect({ usable, findings }).to.deep.equal({
      usable: true,
      findings: [
        `program ${program}`,
        "no sandbox",
        "version 0.61.0",
        "the environment variable GEMINI_API_KEY is not set",
      ],
    });
  });

  it("says that a program does not say its version", async () => {
    const { usable, findings } = await check({ program: script("qwen", "exit 3") });
    expect({ usable, last: findings.at(-1) }).to.deep.equal({
      usable: true,
      last: "it does not say its version",
    });
  });

  it("starts no program that is not known", async () => {
    const touched = join(folder.path, "touched");
    const program = script("my-agent", `touch ${touched}`);
    expect(await check({ program })).to.deep.equal({
      usable: true,
      findings: [`program ${program}`, "no sandbox"],
    });
    expect(existsSync(touched)).to.equal(false);
  });

  it("says which package an adapter belongs to that Node.js runs, and that its file is missing", async () => {
    mkdirSync(join(folder.path, "adapter", "dist"), { recursive: true });
    const manifest = { name: "some-agent-acp", version: "2.6.0" };
    writeFileSync(join(folder.path, "adapter", "package.json"), JSON.stringify(manifest));
    const file = join(folder.path, "adapter", "dist", "index.js");
    writeFileSync(file, "");
    const found = await check({ program: process.execPath, args: [file] });
    expect(found.findings).to.deep.equal([
      `program ${process.execPath}`,
      "no sandbox",
      "package some-agent-acp 2.6.0",
    ]);
    const missing = await check({ program: process.execPath, args: [`${file}x`] });
    expect([missing.usable, missing.error?.code]).to.deep.equal([false, "AGENT_PROGRAM_MISSING"]);
    expect(missing.findings[0]).to.contain(`${file}x`);
  });

  it("says that a program is missing", async () => {
    const { usable, error } = await check({ program: "no-such-agent-anywhere" });
    expect([usable, error?.code]).to.deep.equal([false, "AGENT_PROGRAM_MISSING"]);
  });
});
