import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { execute } from "../../sdk/src/actions/execute.ts";
import { getExecution } from "../../sdk/src/actions/getExecution.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type LocalChain, startChain, walletOf } from "../fixtures/chain.ts";
import { type DaemonProcess, startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const LARGE_BYTES = 50 * 1_024 * 1_024;
const TIMEOUT_MS = 1_000;
const OUTPUT_BYTES_MAX = 100_000;

/** Programs of models that are no good: the reason that the daemon gives, and what it names. */
const BAD_PROGRAMS = {
  missing: {
    service: { kind: "command", program: "/nowhere/model", timeoutMs: TIMEOUT_MS },
    code: "AGENT_PROGRAM_MISSING",
    says: /\/nowhere\/model/,
  },
  failing: { service: programService("fail", "unwell"), code: "AGENT_FAILED", says: /exit code 3/ },
  hanging: {
    service: programService("hang", undefined, { timeoutMs: TIMEOUT_MS }),
    code: "AGENT_TIMED_OUT",
    says: /1000 ms|1 s/,
  },
  flooding: {
    service: programService("flood", undefined, { outputBytesMax: OUTPUT_BYTES_MAX }),
    code: "AGENT_OUTPUT_TOO_LARGE",
    says: /100000/,
  },
  garbled: { service: programService("notUtf8"), code: "AGENT_OUTPUT_NOT_UTF8", says: /byte 3/ },
  silent: { service: programService("empty"), code: "AGENT_OUTPUT_EMPTY", says: /empty/ },
} as const;

type BadProgram = keyof typeof BAD_PROGRAMS;
const NAMES = Object.keys(BAD_PROGRAMS) as BadProgram[];

describe("a daemon whose models or requesters misbehave", function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let chain: LocalChain;
  let operator: TestOperator;
  let daemon: DaemonProcess;
  let good: bigint;
  const executions = new Map<BadProgram, bigint>();

  before(async () => {
    folder = temporaryFolder();
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["good", ...NAMES]);
    good = await publishCluster(operator, "good", ["good"]);
    const services = Object.fromEntries(NAMES.map((name) => [name, BAD_PROGRAMS[name].service]));
    const data = join(folder.path, "data");
    await writeOperatorFolder(data, operator, { good: programService("answer"), ...services });
    daemon = await startDaemonProcess(data);
    for (const name of NAMES) {
      const cluster = await publishCluster(operator, name, [name]);
      executions.set(name, (await request(cluster, { input: "What will come of this?" })).execution);
    }
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await chain.stop();
    await until("no agent is left", () => processesOf(folder.path).length === 0);
    await folder[Symbol.asyncDispose]();
  });

  function request(
    cluster: bigint,
    what:
      | { readonly input: string | Uint8Array }
      | { readonly inputDigest: `0x${string}`; readonly inputURI: string },
  ) {
    return execute(walletOf(chain, REQUESTER), { deployment: operator.deployment, cluster, ...what });
  }

  /** The reason why the execution's only task came to nothing. */
  async function reason(execution: bigint): Promise<{ readonly code: string; readonly message: string }> {
    const job = await until(`execution ${execution} is given up`, async () =>
      (await daemon.execution(execution)).jobs.find(({ state }) => state === "failed"),
    );
    if (job.end === null) throw new Error("a failed job has its reason");
    return job.end;
  }

  async function answerOf(execution: bigint): Promise<string> {
    const { text } = await waitForResponse(walletOf(chain, REQUESTER), {
      deployment: operator.deployment,
      execution,
      timeoutMs: 30_000,
    });
    return text;
  }

  for (const name of NAMES) {
    const { code, says } = BAD_PROGRAMS[name];
    it(`gives ${code} as the reason where the program is ${name}, and the only node's report gives the escrow back`, async () => {
      const execution = executions.get(name) ?? 0n;
      const { code: told, message } = await reason(execution);
      expect(told, message).to.equal(code);
      expect(message).to.match(says);
      const ended = await until(`execution ${execution} ends`, async () => {
        const found = await getExecution(walletOf(chain, REQUESTER), {
          deployment: operator.deployment,
          execution,
        });
        return found.state === "Running" ? undefined : found;
      });
      expect(ended.state).to.equal("Failed");
      expect(ended.escrowWei).to.equal(0n);
    });
  }

  it("gives INPUT_NOT_TEXT as the reason for an input that is binary", async () => {
    const { execution } = await request(good, { input: new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x00]) });
    const { code, message } = await reason(execution);
    expect(code, message).to.equal("INPUT_NOT_TEXT");
    expect(message).to.match(/byte 4/);
  });

  it("gives INPUT_EMPTY as the reason for an input of white space alone", async () => {
    const { execution } = await request(good, { input: " \n" });
    expect((await reason(execution)).code).to.equal("INPUT_EMPTY");
  });

  it("waits for an input that nobody has, and answers when it comes", async () => {
    const document = stringToBytes(`a document that comes late, ${folder.path}`);
    const inputDigest = keccak256(document);
    const { execution } = await request(good, { inputDigest, inputURI: "pleiad:" });
    await until("the log says what is missing", () => daemon.log().includes("BLOB_MISSING"));
    const put = await daemon.ask("/blobs", {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: document,
    });
    expect(await put.json()).to.deep.equal({ digest: inputDigest });
    expect(await answerOf(execution)).to.match(/^answer of process/);
  });

  it("refuses a blob of 50 MB, an empty one, and one without the token", async () => {
    const post = (body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
      daemon.ask("/blobs", {
        method: "POST",
        headers: { "content-type": "application/octet-stream", ...headers },
        body,
      });
    expect(await announce(LARGE_BYTES)).to.equal(413);
    expect((await post(new Uint8Array(0))).status).to.equal(400);
    expect((await post(new Uint8Array(1), { authorization: "Bearer guessed" })).status).to.equal(401);
  });

  /** Says how large a blob will be, and answers the daemon's status before it has sent any of it. */
  async function announce(bytes: number): Promise<number | undefined> {
    const { authorization } = daemon.headers;
    const headers = { authorization, "content-type": "application/octet-stream", "content-length": bytes };
    const outgoing = httpRequest(new URL("/blobs", daemon.apiUrl), { method: "POST", headers });
    outgoing.flushHeaders();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    outgoing.on("error", () => {}).destroy();
    return response.statusCode;
  }

  it("answers a good model's task after all that, and its process is still the same", async () => {
    const { execution } = await request(good, { input: "Is anybody there?" });
    expect(await answerOf(execution)).to.match(/^answer of process/);
    expect((await daemon.ask("/health")).status).to.equal(200);
    const end = await daemon.stop();
    expect(end.exitCode, end.stderr).to.equal(0);
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
  });
});
