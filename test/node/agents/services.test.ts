import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { AGENT_ERRORS } from "../../../node/src/agents/errors.ts";
import { checkService } from "../../../node/src/agents/services.ts";
import { agentTag } from "../../../node/src/agents/tag.ts";
import type { ServiceConfig } from "../../../node/src/config/service.ts";
import { serviceSchema } from "../../../node/src/config/service.ts";
import { temporaryFolder } from "./fixtures/world.ts";

const command = { kind: "command", program: "/bin/cat" };
const http = { kind: "http", baseUrl: "http://127.0.0.1:11434/v1", model: "m" };

describe("service configuration", () => {
  it("fills in what is left out", () => {
    expect(serviceSchema.parse(command)).to.deep.equal({
      ...command,
      args: [],
      environment: [],
      sandbox: "auto",
      network: false,
      readable: [],
      memoryBytesMax: 4_294_967_296,
      processesMax: 256,
      folderBytesMax: 4_294_967_296,
      timeoutMs: 300_000,
      outputBytesMax: 1_048_576,
      parallelMax: 1,
    });
    expect(serviceSchema.parse(http)).to.deep.equal({
      ...http,
      api: "chat",
      allowKeyOverHttp: false,
      stream: true,
      idleTimeoutMs: 120_000,
      timeoutMs: 300_000,
      outputBytesMax: 1_048_576,
      parallelMax: 1,
    });
  });

  const wrong: [string, object][] = [
    ["kind", { ...command, kind: "shell" }],
    ["program", { ...command, program: "./model" }],
    ["program", { ...command, program: "bin/model" }],
    ["program", { ...command, program: "" }],
    ["program", { ...command, program: "a\0b" }],
    ["args.0", { ...command, args: ["a\0b"] }],
    ["args", { ...command, args: Array(300).fill("x") }],
    ["environment.0", { ...command, environment: ["KEY=value"] }],
    ["environment.1", { ...command, environment: ["KEY", "PLEIAD_PASSWORD"] }],
    ["timeoutMs", { ...command, timeoutMs: 0 }],
    ["timeoutMs", { ...command, timeoutMs: 100_000_000 }],
    ["timeoutMs", { ...command, timeoutMs: 1_000.5 }],
    ["outputBytesMax", { ...command, outputBytesMax: 1e9 }],
    ["parallelMax", { ...command, parallelMax: 0 }],
    ["", { ...command, shell: true }],
    ["baseUrl", { ...http, baseUrl: "127.0.0.1:80" }],
    ["baseUrl", { ...http, baseUrl: "file:///etc/passwd" }],
    ["baseUrl", { ...http, baseUrl: "http://user:secret@127.0.0.1/v1" }],
    ["baseUrl", { ...http, baseUrl: "http://127.0.0.1/v1?key=secret" }],
    ["model", { ...http, model: "" }],
    ["api", { ...http, api: "openai" }],
    ["stream", { ...http, stream: "yes" }],
    ["idleTimeoutMs", { ...http, idleTimeoutMs: 0 }],
    ["tokensMax", { ...http, tokensMax: 0 }],
    ["apiKeyFile", { ...http, apiKeyFile: "relative" }],
    ["apiKeyFile", { ...http, apiKeyFile: "/key", apiKeyEnv: "KEY" }],
    ["baseUrl", { ...http, baseUrl: "http://192.168.1.7/v1", apiKeyEnv: "KEY" }],
    ["baseUrl", { ...http, baseUrl: "http://localhost.example/v1", apiKeyEnv: "KEY" }],
    ["", { ...http, apiKey: "sk-in-the-config" }],
  ];
  for (const [path, service] of wrong) {
    it(`refuses ${JSON.stringify(service).slice(0, 100)}`, () => {
      const { success, error } = serviceSchema.safeParse(service);
      expect(success).to.equal(false);
      expect(error?.issues[0]?.path.join(".")).to.equal(path);
    });
  }

  it("sends a key over https, to this machine, or where the operator permits it", () => {
    for (const baseUrl of [
      "https://api.example/v1",
      "http://127.0.0.1:1/v1",
      "http://[::1]/v1",
      "http://localhost/",
    ]) {
      expect(serviceSchema.safeParse({ ...http, baseUrl, apiKeyEnv: "KEY" }).success, baseUrl).to.equal(true);
    }
    const baseUrl = "http://192.168.1.7/v1";
    expect(serviceSchema.safeParse({ ...http, baseUrl }).success).to.equal(true);
    const permitted = { ...http, baseUrl, apiKeyEnv: "KEY", allowKeyOverHttp: true };
    expect(serviceSchema.safeParse(permitted).success).to.equal(true);
  });
});

describe("check of a service", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());
  const check = (service: object, environment: NodeJS.ProcessEnv = { PATH: "/usr/bin:/bin" }) =>
    checkService(serviceSchema.parse(service) as ServiceConfig, { environment });

  it("finds a program by its path or its name", async () => {
    expect(await check(command)).to.deep.equal({
      usable: true,
      findings: ["program /bin/cat", "no sandbox"],
    });
    expect((await check({ ...command, program: "cat" })).usable).to.equal(true);
  });

  it("says which program is missing or cannot be executed", async () => {
    const file = join(folder.path, "not-executable");
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o600);
    mkdirSync(join(folder.path, "model"));
    const cases: [object, NodeJS.ProcessEnv][] = [
      [{ ...command, program: "/nowhere/model" }, {}],
      [{ ...command, program: file }, {}],
      [{ ...command, program: folder.path }, {}],
      [{ ...command, program: "no-such-program-anywhere" }, {}],
      [{ ...command, program: "model" }, { PATH: `${folder.path}:.:` }],
    ];
    for (const [service, environment] of cases) {
      const { usable, error } = await check(service, environment);
      expect(usable, JSON.stringify(service)).to.equal(false);
      expect(error?.code).to.equal("AGENT_PROGRAM_MISSING");
    }
  });

  it("says which variables are not set", async () => {
    const { usable, findings } = await check({ ...command, environment: ["MODEL_KEY"] });
    expect(usable).to.equal(true);
    expect(findings).to.include("the environment variable MODEL_KEY is not set");
  });
});

describe("tag", () => {
  it("names folder and job, whatever the job is called", () => {
    expect(agentTag("folder-0123", "31337-12-0")).to.equal("folder-0123:31337-12-0");
    expect(agentTag("folder-0123", "a b\n=\u0000é")).to.equal("folder-0123:a_b____");
    expect(agentTag("folder-0123", "x".repeat(500))).to.have.length(128);
  });

  it("is refused without a job or with a prefix that is short or odd", () => {
    for (const [prefix, job] of [
      ["folder-0123", ""],
      ["short", "x"],
      ["folder 0123", "x"],
      ["x".repeat(65), "x"],
    ] as const) {
      expect(() => agentTag(prefix, job), prefix).to.throw();
    }
  });
});

describe("table of errors", () => {
  it("says of each code, in whole sentences, what happened and what to do", () => {
    for (const [code, { cause, hint, retriesMax }] of Object.entries(AGENT_ERRORS)) {
      expect(code).to.match(/^[A-Z0-9_]+$/);
      expect(cause, code).to.match(/^[A-Z].*\.$/);
      expect(hint, code).to.match(/^[A-Z].*\.$/);
      expect(retriesMax, code).to.be.within(0, 5);
    }
  });
});
