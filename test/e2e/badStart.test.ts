import { once } from "node:events";
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { askDaemon } from "../../node/src/cli/nodeStatus/daemonSays.ts";
import { createKeystore } from "../../node/src/config/keystore.ts";
import { privateKeyOf } from "../../node/src/local/accounts.ts";
import { DAEMON_FILE, readDaemonState } from "../../node/src/local/daemonState.ts";
import { accountOf, type LocalChain, startChain } from "../fixtures/chain.ts";
import { startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  type ConfigSections,
  PASSWORD,
  programService,
  registerOperator,
  writeConfig,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { type PleiadEnd, runPleiad, startPleiad, temporaryFolder } from "../fixtures/pleiad.ts";
import { closedOrigin } from "../node/agents/fixtures/chatServer.ts";

const STOP_MS_MAX = 5_000;
/** Where no contract of ours is. */
const ELSEWHERE = "0x00000000000000000000000000000000000000aa";

type Sections = Record<string, Record<string, unknown>>;

/** What is wrong with a data folder, and what the daemon says of it. */
interface BadStart {
  readonly what: string;
  readonly spoil: (folder: string, config: Sections) => void | Promise<void>;
  readonly code: string;
  /** What the message names. */
  readonly says: RegExp;
  readonly exitCode?: number;
}

const set =
  (section: string, key: string, value: unknown) =>
  (_folder: string, config: Sections): void => {
    config[section] = { ...config[section], [key]: value };
  };

function editDeployment(folder: string, change: object): void {
  const path = join(folder, "deployment.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}

async function keystoreOf(folder: string, account: number): Promise<void> {
  const path = join(folder, "other.json");
  await createKeystore({
    path,
    password: PASSWORD,
    privateKey: privateKeyOf(accountOf(account)),
    cost: "light",
  });
}

function remoteSigner(config: Sections, url: string): void {
  delete config.node?.passwordFile;
  config.keys = { remoteSignerUrl: url, remoteSignerAddress: accountOf(2).address };
}

const BAD_STARTS: readonly BadStart[] = [
  {
    what: "an unknown key",
    spoil: set("chain", "rpcUrl", "http://127.0.0.1:1"),
    code: "CONFIG_INVALID",
    says: /chain\.rpcUrl.*rpcUrls/,
  },
  {
    what: "a wrong value",
    spoil: set("chain", "pollIntervalMs", "often"),
    code: "CONFIG_INVALID",
    says: /chain\.pollIntervalMs: "?often"? given, expected a whole number from 50 to 60000/,
  },
  {
    what: "another chain than configured",
    spoil(folder, config) {
      set("chain", "chainId", 5)(folder, config);
      editDeployment(folder, { chainId: 5 });
    },
    code: "CHAIN_ID_MISMATCH",
    says: /31337.*5|5.*31337/,
  },
  {
    what: "no contract at an address",
    spoil: (folder) => editDeployment(folder, { clusterExecutions: ELSEWHERE }),
    code: "CONTRACT_MISSING",
    says: new RegExp(ELSEWHERE, "i"),
  },
  {
    what: "a deployment file that is not there",
    spoil: set("chain", "contracts", "nowhere.json"),
    code: "DEPLOYMENT_UNREADABLE",
    says: /nowhere\.json/,
  },
  {
    what: "a wrong password",
    spoil: (folder) => writeFileSync(join(folder, "password"), "not this one\n"),
    code: "KEYSTORE_PASSWORD_WRONG",
    says: /keystore\.json/,
  },
  {
    what: "a keystore that others may read",
    spoil: (folder) => chmodSync(join(folder, "keystore.json"), 0o644),
    code: "KEYSTORE_MODE",
    says: /keystore\.json/,
  },
  {
    what: "no password",
    spoil: set("node", "passwordFile", null),
    code: "PASSWORD_MISSING",
    says: /password/,
  },
  {
    what: "the key of another node",
    async spoil(folder, config) {
      await keystoreOf(folder, 4);
      set("node", "keystore", "other.json")(folder, config);
    },
    code: "NODE_KEY_OTHER",
    says: new RegExp(accountOf(4).address, "i"),
  },
  {
    what: "a remote signer that is away",
    spoil: (_folder, config) => remoteSigner(config, "http://127.0.0.1:1"),
    code: "SIGNER_UNREACHABLE",
    says: /127\.0\.0\.1:1/,
    exitCode: 75,
  },
];

describe("a daemon that cannot start", function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let chain: LocalChain;
  let sound: string;

  before(async () => {
    folder = temporaryFolder();
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    sound = join(folder.path, "sound");
    const operator = await registerOperator(chain, ["model"]);
    await writeOperatorFolder(sound, operator, { model: programService("answer") });
  });
  after(async () => {
    await chain.stop();
    await folder[Symbol.asyncDispose]();
  });

  /** A copy of the sound data folder with something changed. */
  async function spoiled(name: string, spoil: BadStart["spoil"]): Promise<string> {
    const copy = join(folder.path, name);
    cpSync(sound, copy, { recursive: true });
    const config = parse(readFileSync(join(copy, "pleiad.yaml"), "utf8")) as Sections;
    await spoil(copy, config);
    writeConfig(copy, config as ConfigSections);
    return copy;
  }

  for (const [index, { what, spoil, code, says, exitCode = 1 }] of BAD_STARTS.entries()) {
    it(`says ${code} in one line and exits with ${exitCode}: ${what}`, async () => {
      const copy = await spoiled(`bad-${index}`, spoil);
      const end = await runPleiad(["node", "start", "--config", join(copy, "pleiad.yaml")]);
      expect(end.exitCode, end.stdout + end.stderr).to.equal(exitCode);
      const { told, message } = failureOf(end);
      expect(told, end.stdout + end.stderr).to.equal(code);
      expect(message).to.match(says);
      expect(message, "lines").to.not.include("\n");
      const password = readFileSync(join(sound, "password"), "utf8").trim();
      expect(end.stdout + end.stderr, "what was said").to.not.include(password);
    });
  }

  it("takes the next free port where that of its API is taken, and says so", async () => {
    const taken = createServer();
    taken.listen({ host: "127.0.0.1", port: 0 });
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    try {
      const copy = await spoiled("busy", set("api", "port", port));
      await using daemon = await startDaemonProcess(copy);
      expect(Number(new URL(daemon.apiUrl).port)).to.be.within(port + 1, port + 19);
      expect(daemon.log()).to.match(
        new RegExp(`"wished":${port},"port":\\d+.*port is taken; using the next free one`),
      );
      expect((await daemon.ask("/health")).status).to.equal(200);
      expect((await daemon.stop()).exitCode).to.equal(0);
    } finally {
      taken.close();
    }
  });

  it("refuses a data folder that another daemon works in, and leaves that one alone", async () => {
    const copy = await spoiled("twice", () => {});
    await using daemon = await startDaemonProcess(copy);
    const end = await runPleiad(["node", "start", "--config", join(copy, "pleiad.yaml")]);
    expect(end.exitCode, end.stdout + end.stderr).to.equal(1);
    expect(failureOf(end).told).to.equal("STORE_LOCKED");
    expect((await daemon.ask("/health")).status).to.equal(200);
    const state = readDaemonState(copy);
    expect(state, "what is said of the one that works").to.deep.include({ state: "ready", pid: daemon.pid });
    expect((await daemon.stop()).exitCode).to.equal(0);
  });

  it("waits for a chain that does not answer, saying so in log and status, and stops within five seconds when asked to", async () => {
    const copy = await spoiled("alone", set("chain", "rpcUrls", [await closedOrigin()]));
    const daemon = startPleiad(["node", "start", "--config", join(copy, "pleiad.yaml")]);
    await daemon.says(/RPC_UNREACHABLE/);
    const state = readDaemonState(copy);
    if (state?.state !== "starting") throw new Error(`daemon.json says ${JSON.stringify(state)}`);
    expect((await fetch(new URL("/health", state.apiUrl))).status).to.equal(200);
    const { starting } = await askDaemon(copy);
    expect(starting?.ready.checks.chain?.reason).to.match(/^the follower is failing: RPC_UNREACHABLE/);
    daemon.signal("SIGTERM");
    const late = setTimeout(() => daemon.signal("SIGKILL"), STOP_MS_MAX);
    const { exitCode, signal } = await daemon.ended;
    clearTimeout(late);
    expect({ exitCode, signal }, "how it ended within five seconds").to.deep.equal({
      exitCode: 0,
      signal: null,
    });
    expect(readDaemonState(copy), "what is said of it after its end").to.equal(undefined);
    expect(existsSync(join(copy, DAEMON_FILE)), "daemon.json").to.equal(false);
  });
});

/** The failure as the log's last line has it, or as standard error does where there was no log yet. */
function failureOf({ stdout, stderr }: PleiadEnd): {
  readonly told: string | undefined;
  readonly message: string;
} {
  const line = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (line !== "") {
    const { code, msg, level } = JSON.parse(line) as { code: string; msg: string; level: number };
    expect(level, "level of the last line").to.equal(60);
    return { told: code, message: msg };
  }
  return {
    told: /code: (\w+)/.exec(stderr)?.[1],
    message: /why: (.*)/.exec(stderr)?.[1] ?? "",
  };
}
