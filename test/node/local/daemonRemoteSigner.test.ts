import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { loadConfig } from "../../../node/src/config/load.ts";
import { privateKeyOf } from "../../../node/src/local/accounts.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../../sdk/src/actions/waitForResponse.ts";
import { accountOf, type LocalChain, startChain, walletOf } from "../../fixtures/chain.ts";
import { type FakeSigner, startFakeSigner } from "../../fixtures/fakeWeb3Signer.ts";
import {
  NODE_KEY_ADDRESS,
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../../fixtures/operator.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { until } from "../../fixtures/until.ts";
import { failure } from "../chain/helpers.ts";

/** The fixture's node key is this account's. */
const NODE_KEY = privateKeyOf(accountOf(2));

describe("a daemon whose key is at a remote signer", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;
  let fake: FakeSigner;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["answers"]);
    cluster = await publishCluster(operator, "remote", ["answers"]);
    fake = await startFakeSigner({ keys: [NODE_KEY] });
  });
  after(async () => {
    await fake?.stop();
    await chain?.stop();
  });

  async function configOf(folder: string) {
    const sections = {
      node: { id: String(operator.node) },
      keys: {
        remoteSignerUrl: fake.url,
        remoteSignerAddress: NODE_KEY_ADDRESS,
        remoteSignerTimeoutMs: 2_000,
      },
    };
    const path = await writeOperatorFolder(folder, operator, { answers: programService("answer") }, sections);
    for (const name of ["keystore.json", "password"]) rmSync(join(folder, name));
    return loadConfig(path);
  }

  it("starts with no key on its disk, answers, signs and settles, also after the signer was away for a while", async () => {
    await using folder = temporaryFolder();
    const config = await configOf(folder.path);
    // Away when signatures are asked for, twice: each is asked for again.
    let refusals = 0;
    fake.setMisbehaviour((method) =>
      method === "eth_signTypedData" && refusals++ < 2 ? { status: 503, text: "starting" } : undefined,
    );
    const daemon = await startDaemon({ config }, { logger: pino({ level: "silent" }) });
    try {
      const { execution } = await execute(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        cluster,
        input: "Who signs this?",
      });
      const { completions } = await waitForResponse(walletOf(chain, REQUESTER), {
        deployment: operator.deployment,
        execution,
        timeoutMs: 40_000,
      });
      expect(completions.map(({ node }) => node)).to.deep.equal([operator.node]);
      expect(refusals).to.be.greaterThan(2);
      const methods = fake.requests.map(({ method }) => method);
      expect(methods).to.include.members(["eth_accounts", "eth_signTypedData", "eth_signTransaction"]);
    } finally {
      await daemon.stop();
    }
    expect(readdirSync(folder.path).filter((name) => name.startsWith("keystore"))).to.deep.equal([]);
    expect(existsSync(join(folder.path, "password"))).to.equal(false);
  });

  it("stops within five seconds while the signer hangs, and leaves what it had answered for the next start", async () => {
    await using folder = temporaryFolder();
    const config = await configOf(folder.path);
    const patient = { ...config, keys: { ...config.keys, remoteSignerTimeoutMs: 60_000 } };
    let isAsked = false;
    fake.setMisbehaviour((method) => {
      if (method !== "eth_signTypedData") return undefined;
      isAsked = true;
      return { hangs: true };
    });
    const request = { deployment: operator.deployment, cluster, input: "Who waits for whom?" };
    const daemon = await startDaemon({ config: patient }, { logger: pino({ level: "silent" }) });
    const { execution } = await execute(walletOf(chain, REQUESTER), request);
    await until("the signer hangs", () => isAsked);
    const fromMs = performance.now();
    await daemon.stop();
    expect(performance.now() - fromMs).to.be.below(5_000);

    fake.setMisbehaviour(undefined);
    const next = await startDaemon({ config }, { logger: pino({ level: "silent" }) });
    try {
      const answered = { deployment: operator.deployment, execution, timeoutMs: 40_000 };
      expect((await waitForResponse(walletOf(chain, REQUESTER), answered)).completions).to.have.lengthOf(1);
    } finally {
      await next.stop();
    }
  });

  it("does not start while the signer has another key, and says so", async () => {
    await using folder = temporaryFolder();
    const config = await configOf(folder.path);
    await using other = await startFakeSigner({ keys: [`0x${"33".repeat(32)}`] });
    const keys = { ...config.keys, remoteSignerUrl: other.url };
    await failure(
      startDaemon({ config: { ...config, keys } }, { logger: pino({ level: "silent" }) }),
      "SIGNER_KEY_MISSING",
    );
  });
});
