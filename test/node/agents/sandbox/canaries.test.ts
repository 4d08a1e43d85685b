import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import { canariesIn, textCanary } from "../../../fixtures/canary.ts";
import { samplePrompt, temporaryFolder } from "../fixtures/world.ts";

/** Names under which daemons and their operators keep what is nobody's business. */
const SECRETS = {
  PLEIAD_PASSWORD: "pleiad-password-of-the-keystore",
  PLEIAD_TOKEN: "pleiad-token-of-the-operator",
  OPENAI_API_KEY: "openai-key-of-the-operator",
  ANTHROPIC_API_KEY: "anthropic-key-of-the-operator",
  AWS_SECRET_ACCESS_KEY: "aws-key-of-the-operator",
  SSH_AUTH_SOCK: "/tmp/ssh-agent-of-the-operator",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/bus-of-the-operator",
  NODE_OPTIONS: "--title=options-of-the-daemon",
  LD_PRELOAD: "/lib/preload-of-the-daemon.so",
};

/** Everything that a program finds by itself: its environment, its descriptors, its guard's environment and arguments, its folders. */
const SEARCH = `
  const { readdirSync, readFileSync, readlinkSync } = require("node:fs");
  const read = (path) => { try { return readFileSync(path, "latin1"); } catch { return ""; } };
  const link = (path) => { try { return readlinkSync(path); } catch { return ""; } };
  const guard = process.ppid;
  const found = { environment: process.env, title: process.title, options: process.execArgv, guard: [read("/proc/" + guard + "/environ"), read("/proc/" + guard + "/cmdline")] };
  found.descriptors = readdirSync("/proc/self/fd").map((fd) => link("/proc/self/fd/" + fd));
  found.folders = [process.env.HOME, process.env.TMPDIR, "..", "../.."].map((folder) => { try { return readdirSync(folder); } catch { return []; } });
  console.log(JSON.stringify(found));
`;

describe("canaries of a daemon", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  async function search(environment: readonly string[]): Promise<string> {
    const service = serviceSchema.parse({
      kind: "command",
      program: process.execPath,
      args: ["--eval", SEARCH],
      sandbox: "none",
      environment,
    });
    const driver = createDriver(service, {
      scratchFolder: folder.scratch,
      environment: { ...process.env, ...SECRETS },
      logger: pino({ level: "silent" }),
    });
    const { output } = await driver.run({
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 1_000_000,
      tag: `canary-test-${process.pid}:1`,
    });
    return Buffer.from(output).toString();
  }
  const canaries = Object.entries(SECRETS).map(([name, secret]) => textCanary(name, secret));

  it("are in nothing that an agent is given, also without a sandbox", async () => {
    expect(canariesIn("what an agent finds", await search([]), canaries)).to.deep.equal([]);
  });

  it("are found where the operator hands one on, so the search can find them", async () => {
    const seen = canariesIn("what an agent finds", await search(["OPENAI_API_KEY"]), canaries);
    expect(seen).to.have.length.above(0);
    expect(seen.every((place) => place.includes("OPENAI_API_KEY"))).to.equal(true);
  });
});
