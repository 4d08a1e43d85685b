import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { AgentSession, SessionStart, Turn } from "../../../../node/src/agents/session.ts";
import { expectCode, temporaryFolder } from "../fixtures/world.ts";
import { fakeDriver } from "./fixtures.ts";

const program = fileURLToPath(new URL("../../../fixtures/libraryAcpAgent.mjs", import.meta.url));

describe("acp driver, with an agent made with the protocol's library", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  function open(overrides: Partial<SessionStart> = {}): Promise<AgentSession> {
    const service = { args: [program], mode: "go", model: "large", authMethod: "key" };
    return fakeDriver(folder.scratch, {}, service).open({
      toolServers: [{ name: "notes", command: "/bin/true", args: ["a"], environment: { TOKEN: "t" } }],
      tag: `library-test-${process.pid}:1`,
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 100_000,
      onEvent: () => {},
      askPermission: async () => ({ option: "yes" }),
      ...overrides,
    });
  }
  const turn = (text: string, overrides: Partial<Turn> = {}): Turn => ({
    text,
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    ...overrides,
  });
  const bytes = Buffer.from("x");

  it("sends nothing that the library refuses, and is understood", async () => {
    const session = await open({ workFolder: folder.path });
    expect(session.program).to.equal("library-agent 2.4.0");
    const attachments = ["image/png", "audio/wav", "text/plain", "application/zip"].map((mediaType) => ({
      name: "a file",
      mediaType,
      bytes,
    }));
    const outcome = await session.prompt(turn("tell", { attachments }));
    expect(JSON.parse(Buffer.from(outcome.output).toString())).to.deep.equal({
      given: {
        cwd: folder.path,
        mcpServers: [
          { name: "notes", command: "/bin/true", args: ["a"], env: [{ name: "TOKEN", value: "t" }] },
        ],
      },
      chosen: { login: "key", mode: "go", model: "large" },
      outcome: { outcome: "selected", optionId: "yes" },
      kinds: ["text", "image", "audio", "resource", "resource"],
    });
    expect(outcome.model).to.equal("large");
    await session.close();
  });

  it("cancels a turn, and goes on with a session", async () => {
    const first = await open();
    await expectCode(first.prompt(turn("hang", { timeoutMs: 300 })), "AGENT_TIMED_OUT");
    expect((await first.prompt(turn("tell"))).stopReason).to.equal("end");
    await first.close();
    const second = await open({ resume: "library-1", homeFolder: folder.path });
    expect(second.id).to.equal("library-1");
    expect((await second.prompt(turn("tell"))).stopReason).to.equal("end");
    await second.close();
  });
});
