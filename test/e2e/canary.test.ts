import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { toJson } from "../../node/src/api/json.ts";
import { createKeystore } from "../../node/src/config/keystore.ts";
import { privateKeyOf } from "../../node/src/local/accounts.ts";
import { readDaemonState } from "../../node/src/local/daemonState.ts";
import { openStore } from "../../node/src/store/open.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type Canary, canariesIn, canariesInFolder, hexCanary, textCanary } from "../fixtures/canary.ts";
import { accountOf, type LocalChain, startChain, walletOf } from "../fixtures/chain.ts";
import { startFakeSigner } from "../fixtures/fakeWeb3Signer.ts";
import { type KeyedRpc, startKeyedRpc } from "../fixtures/keyedRpc.ts";
import {
  NODE_KEY_ADDRESS,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { runPleiad, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { until } from "../fixtures/until.ts";
import { completion, startServer } from "../node/agents/fixtures/chatServer.ts";

/** The node key of the fixtures, and another account that pays the gas. */
const NODE_KEY = privateKeyOf(accountOf(2));
const GAS_KEY = privateKeyOf(accountOf(4));

/** Planted afresh in each run: nothing can hold them by chance. With characters that encodings change. */
const secretText = (name: string) => `canary-${name} ${randomBytes(9).toString("hex")}/+"é`;
const plainSecret = (name: string) => `canary-${name}-${randomBytes(12).toString("hex")}`;

const PASSWORD = secretText("password");
const GAS_PASSWORD = secretText("gas-password");
const API_TOKEN = plainSecret("token");
const RPC_KEY = plainSecret("rpc");
const WS_KEY = plainSecret("ws");
const SERVICE_KEY = plainSecret("service");
const AGENT_SECRET = plainSecret("agent");
const SIGNER_PASSWORD = plainSecret("signer");
const COLLECTOR_PASSWORD = plainSecret("collector");
const ARGUMENT = plainSecret("argument");

const CANARIES: readonly Canary[] = [
  hexCanary("node key", NODE_KEY),
  hexCanary("gas key", GAS_KEY),
  textCanary("keystore's password", PASSWORD),
  textCanary("gas keystore's password", GAS_PASSWORD),
  textCanary("API token", API_TOKEN),
  textCanary("endpoint's key", RPC_KEY),
  textCanary("WebSocket's key", WS_KEY),
  textCanary("service's API key", SERVICE_KEY),
  textCanary("agent's variable", AGENT_SECRET),
  textCanary("signer's password", SIGNER_PASSWORD),
  textCanary("collector's password", COLLECTOR_PASSWORD),
];

/** Where a secret is at home: what the operator wrote, and the encrypted form of keys. */
const AT_HOME = [
  "pleiad.yaml",
  "password",
  "api.token",
  "service.key",
  "keystore.json",
  "gas.json",
  "dump.txt",
  "bug.mjs",
];

/** Answers its first task, then fails with its environment on its standard error; writes down all that it was given. */
const PROGRAM = `
import { appendFileSync, existsSync } from "node:fs";
const [dump, mode] = process.argv.slice(2);
const given = JSON.stringify({ env: process.env, argv: process.argv, cwd: process.cwd() });
process.stdin.on("end", () => {
  appendFileSync(dump, given + "\\n");
  if (mode === "answer") return console.log("an answer");
  console.error("I was given " + given);
  console.error("and " + process.env.AGENT_SECRET);
  process.exitCode = 3;
}).resume();
`;

/** A mistake of the program, when a signal asks for it. */
const BUG = `process.on("SIGUSR2", () => { throw new Error("a bug that a test provokes"); });`;

describe("secrets", function () {
  this.timeout(120_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let rpc: KeyedRpc;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["answers", "fails", "http"]);
    rpc = await startKeyedRpc(chain.rpcUrl, RPC_KEY);
  });
  after(async () => {
    await rpc?.[Symbol.asyncDispose]();
    await chain?.stop();
  });

  const run = async (cluster: bigint) =>
    (
      await execute(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        cluster,
        input: "Tell me all.",
      })
    ).execution;

  /** Services that are given secrets, and an endpoint that knows one. */
  function sectionsOf(): Record<string, unknown> {
    return {
      chain: {
        rpcUrls: [rpc.url],
        wsUrl: `ws://user:${WS_KEY}@127.0.0.1:1/${WS_KEY}`,
        chainId: chain.chainId,
        pollIntervalMs: 50,
      },
      log: { level: "trace" },
      tracing: { otlpUrl: `http://user:${COLLECTOR_PASSWORD}@127.0.0.1:1/v1/traces` },
      jobs: { attemptsMax: 1, reportFailures: false },
    };
  }

  it("are in nothing that a daemon writes, answers or hands to an agent, in its whole life, in no spelling", async () => {
    await using folder = temporaryFolder();
    const data = join(folder.path, "data");
    await using server = await keyEcho();
    const program = join(folder.path, "program.mjs");
    writeFileSync(program, PROGRAM);
    const dump = join(data, "dump.txt");
    const service = (mode: string) => ({
      kind: "command",
      program: process.execPath,
      args: [program, dump, mode, ARGUMENT],
      environment: ["AGENT_SECRET"],
      timeoutMs: 20_000,
    });
    const http = {
      kind: "http",
      baseUrl: `${server.origin}/v1`,
      model: "m",
      apiKeyEnv: "SERVICE_KEY",
      timeoutMs: 5_000,
    };
    const config = await writeOperatorFolder(
      data,
      operator,
      { answers: service("answer"), fails: service("fail"), http },
      {
        ...sectionsOf(),
        node: { id: String(operator.node), passwordFile: "password" },
        submitter: { gasKeystore: "gas.json", gasPasswordEnv: "GAS_PASSWORD" },
      },
    );
    rmSync(join(data, "keystore.json"));
    await createKeystore({
      path: join(data, "keystore.json"),
      password: PASSWORD,
      privateKey: NODE_KEY,
      cost: "light",
    });
    await createKeystore({
      path: join(data, "gas.json"),
      password: GAS_PASSWORD,
      privateKey: GAS_KEY,
      cost: "light",
    });
    writeFileSync(join(data, "password"), PASSWORD, { mode: 0o600 });
    writeFileSync(join(data, "api.token"), API_TOKEN, { mode: 0o600 });
    writeFileSync(join(data, "bug.mjs"), BUG);
    const env = {
      GAS_PASSWORD,
      SERVICE_KEY,
      AGENT_SECRET,
      NODE_OPTIONS: `--import=${join(data, "bug.mjs")}`,
    };

    const found: string[] = [];
    const scan = (place: string, text: string, canaries = CANARIES) =>
      found.push(...canariesIn(place, text, canaries));
    const daemon = startPleiad(["node", "start", "--config", config], { env });
    try {
      const { apiUrl } = await readyState(data, daemon.pid);

      // A run that is answered, two that fail, an endpoint that refuses and names its key.
      const answered = await run(await publishCluster(operator, "answered", ["answers"]));
      await waitForResponse(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        execution: answered,
        timeoutMs: 30_000,
      });
      rpc.refuse(6);
      const failed = await run(await publishCluster(operator, "failed", ["fails"]));
      const refused = await run(await publishCluster(operator, "refused", ["http"]));
      const headers = { authorization: `Bearer ${API_TOKEN}` };
      const ask = async (route: string, init: RequestInit = { headers }) => {
        const answer = await fetch(new URL(route, apiUrl), init);
        scan(`the answer of ${route}`, JSON.stringify([...answer.headers]) + (await answer.clone().text()));
        return answer;
      };
      for (const execution of [failed, refused]) {
        await until("the job has failed", async () =>
          (await (await ask(`/executions/${execution}`)).text()).includes('"state":"failed"'),
        );
      }
      expect(daemon.stdout(), "an endpoint's refusal").to.include("RPC_RATE_LIMITED");
      expect(
        server.seen.some(({ headers: { authorization } }) => authorization === `Bearer ${SERVICE_KEY}`),
      ).to.equal(true);
      for (const route of [
        "/status",
        "/jobs",
        "/metrics",
        "/health",
        "/ready",
        "/executions/x",
        "/budgets",
        "/node/jobs",
        `/node/jobs/${answered}.0`,
        `/node/jobs/${failed}.0`,
        `/node/jobs/${refused}.0`,
        "/blobs/x",
        "/nothing",
      ])
        await ask(route);
      await ask("/status", {});
      await ask("/status", {
        headers: { authorization: `Bearer ${API_TOKEN}x`, origin: "http://evil.example" },
      });
      await ask("/blobs", {
        method: "POST",
        headers: { ...headers, "content-type": "text/plain" },
        body: "x",
      });

      for (const args of [
        ["node", "status", data],
        ["doctor", data],
        ["node", "rotate-key", data, "--yes"],
      ]) {
        for (const more of [[], ["--json"]]) {
          const { stdout, stderr } = await runPleiad([...args, ...more], { env });
          scan(`pleiad ${[...args, ...more].join(" ")}`, stdout + stderr);
        }
      }
      // A crash of its own making.
      daemon.signal("SIGUSR2");
      const end = await daemon.ended;
      expect(end.exitCode, end.stderr).to.equal(1);
      expect(end.stderr).to.include("a bug that a test provokes");
      scan("standard output", end.stdout);
      scan("standard error", end.stderr);
      expect(end.stdout, "the log at its finest").to.include('"level":20');
    } finally {
      daemon.signal("SIGKILL");
      await daemon.ended;
    }

    // A start that is refused.
    writeFileSync(join(data, "password"), `${PASSWORD}x`, { mode: 0o600 });
    const wrong = await runPleiad(["node", "start", "--config", config], { env });
    expect(wrong.exitCode).to.equal(1);
    scan("a start with a wrong password", wrong.stdout + wrong.stderr, [
      ...CANARIES,
      textCanary("wrong password", `${PASSWORD}x`),
    ]);

    found.push(...canariesInFolder(data, CANARIES, (path) => AT_HOME.includes(path)));
    scan("the journal", await journalOf(data));
    const given = readFileSync(dump, "utf8");
    expect(given, "what an agent may see").to.include(AGENT_SECRET).and.to.include(ARGUMENT);
    const notForAgents = CANARIES.filter(({ name }) => name !== "agent's variable");
    scan("what agents were given", given, notForAgents);
    expect(found).to.deep.equal([]);
  });

  it("of a remote signer are in nothing either, whatever the signer does with them", async () => {
    await using folder = temporaryFolder();
    const data = join(folder.path, "data");
    const basic = { user: "daemon", password: SIGNER_PASSWORD };
    await using signer = await startFakeSigner({ keys: [NODE_KEY], basic });
    const cluster = await publishCluster(operator, "by-signer", ["answers"]);
    const program = join(folder.path, "program.mjs");
    writeFileSync(program, PROGRAM);
    const answers = {
      kind: "command",
      program: process.execPath,
      args: [program, join(data, "dump.txt"), "answer"],
      timeoutMs: 20_000,
    };
    const config = await writeOperatorFolder(
      data,
      operator,
      { answers },
      {
        ...sectionsOf(),
        node: { id: String(operator.node) },
        keys: {
          remoteSignerUrl: signer.url.replace("//", `//${basic.user}:${basic.password}@`),
          remoteSignerAddress: NODE_KEY_ADDRESS,
        },
      },
    );
    for (const name of ["keystore.json", "password"]) rmSync(join(data, name));
    writeFileSync(join(data, "api.token"), API_TOKEN, { mode: 0o600 });

    let signatures = 0;
    const header = Buffer.from(`${basic.user}:${basic.password}`).toString("base64");
    // Repeats what it was told in its errors, then lies, then works.
    signer.setMisbehaviour((method) => {
      if (method === "eth_accounts") return undefined;
      signatures += 1;
      if (signatures === 1)
        return { error: { code: -32_000, message: `no ${basic.password} by Basic ${header}` } };
      return signatures === 2 ? { status: 500, text: basic.password } : undefined;
    });
    const found: string[] = [];
    const daemon = startPleiad(["node", "start", "--config", config]);
    try {
      const { apiUrl } = await readyState(data, daemon.pid);
      const execution = await run(cluster);
      await waitForResponse(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        execution,
        timeoutMs: 60_000,
      });
      expect(daemon.stdout()).to.include("SIGNER_REFUSED");
      for (const route of ["/status", "/metrics", "/ready", `/executions/${execution}`]) {
        const answer = await fetch(new URL(route, apiUrl), {
          headers: { authorization: `Bearer ${API_TOKEN}` },
        });
        found.push(...canariesIn(route, await answer.text(), CANARIES));
      }
      for (const args of [
        ["node", "status", data],
        ["doctor", data],
      ]) {
        const { stdout, stderr } = await runPleiad(args);
        found.push(...canariesIn(args.join(" "), stdout + stderr, CANARIES));
      }
    } finally {
      daemon.signal("SIGTERM");
      const end = await daemon.ended;
      found.push(...canariesIn("its output", end.stdout + end.stderr, CANARIES));
    }
    // A signer that is away at the start, and one that wants other credentials.
    await signer.stop();
    const away = await runPleiad(["node", "start", "--config", config]);
    expect(away.exitCode, away.stdout + away.stderr).to.equal(75);
    found.push(...canariesIn("a start without the signer", away.stdout + away.stderr, CANARIES));
    found.push(...canariesInFolder(data, CANARIES, (path) => AT_HOME.includes(path)));
    expect(found).to.deep.equal([]);
  });

  it("would be found: the scan knows every spelling that it looks for", async () => {
    await using folder = temporaryFolder();
    for (const canary of CANARIES) {
      for (const spelling of canary.spellings) {
        expect(canariesIn("here", `..${spelling}..`, [canary]), canary.name).not.to.deep.equal([]);
        expect(
          canariesIn("here", `..${spelling.slice(1)}`.slice(0, -1), [canary]),
          canary.name,
        ).to.deep.equal([]);
      }
      expect(canariesIn("elsewhere", randomBytes(10_000).toString("base64"), [canary])).to.deep.equal([]);
      const [bytes = ""] = canary.spellings;
      const inside = Buffer.from(`a header {"x":"${bytes}"} and more`).toString("base64");
      expect(canariesIn("base64 of more", inside, [canary]), canary.name).not.to.deep.equal([]);
    }
    appendFileSync(join(folder.path, "file"), `x${API_TOKEN}x`);
    expect(canariesInFolder(folder.path, CANARIES, () => false)).to.have.lengthOf(1);
    expect(canariesInFolder(folder.path, CANARIES, () => true)).to.deep.equal([]);
  });

  /** A server that refuses, and repeats the key that it was shown. */
  async function keyEcho() {
    const server = await startServer(({ headers: { authorization } }, response) => {
      const text = completion(`your key ${authorization} is over its limit`);
      response
        .writeHead(403, { "content-type": "application/json", "x-key": String(authorization) })
        .end(text);
    });
    return { ...server, [Symbol.asyncDispose]: server.close };
  }

  function readyState(data: string, pid: number) {
    return until("the daemon is ready", () => {
      const state = existsSync(data) ? readDaemonState(data) : undefined;
      return state?.state === "ready" && state.pid === pid ? state : undefined;
    });
  }

  /** Everything in the journal as text: on the disk it may be packed. */
  async function journalOf(dataFolder: string): Promise<string> {
    const { chainId, clusterExecutions: contract } = operator.deployment;
    const store = await openStore({ dataFolder, chainId, contract }, { logger: pino({ level: "silent" }) });
    try {
      const { jobs, transactions } = store.journal;
      const account = accountOf(4).address;
      return toJson([
        await jobs.live(),
        await jobs.ended(100),
        await transactions.live(),
        await transactions.ended(account, 100),
      ]);
    } finally {
      await store.close();
    }
  }
});
