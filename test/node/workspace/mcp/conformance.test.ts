import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";
import { startFaces } from "../faces.ts";
import { ALICE } from "../support.ts";
import { addConformanceFixtures } from "./conformanceFixtures.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const SUITE = join(ROOT, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
/** Longer than the suite takes beside everything else: then its process is ended. */
const SUITE_TIMEOUT_MS = 60_000;

/**
 * What the suite does not count as active, and why it passes nothing here: it names the revision 2025-03-26 in its own
 * requests, and the events that it looks for are sent to clients of 2025-11-25 and later.
 */
const WITHOUT_CHECK = ["server-sse-polling"];

/** The suite sends no token: here everybody is one agent. */
const anybody = async () => ({
  id: "conformance",
  credential: { kind: "agent" as const, agent: 1n, user: ALICE },
  role: "operate" as const,
  expiresAtMs: undefined,
  isCurrent: async () => true,
});

/** Runs the suite in a process of its own. @returns what it says, whether all passed or not */
async function suite(...args: readonly string[]): Promise<string> {
  const options = { timeout: SUITE_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  try {
    return (await promisify(execFile)(process.execPath, [SUITE, ...args], options)).stdout;
  } catch (error) {
    const { stdout, killed } = error as { readonly stdout?: string; readonly killed?: boolean };
    if (stdout === undefined || killed === true) throw error;
    return stdout;
  }
}

describe("MCP conformance", () => {
  it("passes every server scenario of the public suite, those that it calls pending included", async function () {
    this.timeout(SUITE_TIMEOUT_MS + 10_000);
    const { api } = await startFaces({ addFixtures: addConformanceFixtures, authenticate: anybody });
    const listed = [...(await suite("list", "--server")).matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name);
    expect(listed.length).to.be.greaterThan(30);

    const said = await suite("server", "--url", `${api.url}/mcp`, "--suite", "all");
    const results = [...said.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed$/gm)].map(
      ([, name, passed, failed]) => ({ name, passed: Number(passed), failed: Number(failed) }),
    );
    expect(results.map(({ name }) => name).sort()).to.deep.equal(listed.sort());
    expect(
      results.filter(({ failed }) => failed > 0),
      said.slice(-20_000),
    ).to.deep.equal([]);
    expect(results.filter(({ passed }) => passed === 0).map(({ name }) => name)).to.deep.equal(WITHOUT_CHECK);
  });
});
