import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plannedContracts } from "@pleiad/sdk/deployment/plannedContracts";
import {
  CONTRACT_NAMES,
  type Deployment,
  PERIPHERY_NAMES,
  parseDeployment,
  serializeDeployment,
} from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { getBalance, getBlockNumber } from "viem/actions";
import { accountOf, type LocalChain, startChain, testClientOf, walletOf } from "../../../fixtures/chain.ts";
import { callCli, callJson, type Ran } from "../support/run.ts";

/** All that a deployment has. */
const CONTRACTS = [...CONTRACT_NAMES, ...PERIPHERY_NAMES];

interface Finding {
  readonly name: string;
  readonly outcome: string;
  readonly text: string;
}

describe("pleiad deploy", () => {
  let chain: LocalChain;
  let folder: string;
  before(async () => {
    chain = await startChain();
    folder = mkdtempSync(join(tmpdir(), "pleiad-deploy-"));
  });
  after(async () => {
    await chain.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const args = (...more: readonly string[]) => ["deploy", "--rpc", chain.rpcUrl, ...more];
  const run = (...more: readonly string[]) => callCli(args(...more), { cwd: folder });
  const json = <T>(...more: readonly string[]) => callJson<T>(args(...more), { cwd: folder });
  const file = () => join(folder, "deployment.json");
  const read = () => parseDeployment(readFileSync(file(), "utf8"));
  const errorOf = ({ stdout }: Ran) => JSON.parse(stdout).error as { code: string; message: string };
  const deployerWei = () => getBalance(walletOf(chain, accountOf(0)), accountOf(0));

  it("--dry-run tells addresses, gas and cost without a key, sends nothing and writes nothing", async () => {
    const before = await deployerWei();
    const { code, stdout, stderr } = await run("--dry-run");
    expect(code, stderr).to.equal(0);
    for (const { name, address } of plannedContracts()) {
      expect(stdout, name).to.match(new RegExp(`${name} +${address} +missing +[0-9],[0-9]{3},[0-9]{3}`));
    }
    expect(stdout)
      .to.match(/cost +0\.0\d+ ether/)
      .and.to.include("Nothing was sent.");
    expect(await deployerWei()).to.equal(before);
    expect(() => read()).to.throw("ENOENT");
    expect(await getBlockNumber(walletOf(chain, accountOf(0)), { cacheTime: 0 })).to.equal(0n);
  });

  it("deploys what the dry run said, and writes chain id, addresses, salt and block", async () => {
    await testClientOf(chain).mine({ blocks: 3 });
    const { stdout } = await run();
    const deployment: Partial<Deployment> = read();
    for (const { name, address } of plannedContracts()) {
      expect(deployment[name as keyof Deployment], name).to.equal(address);
      expect(stdout).to.match(new RegExp(`${name} +${address} +deployed`));
    }
    expect(deployment).to.include({ chainId: 31337, fromBlock: 4n });
    expect(deployment.salt).to.match(/^0x706c6569616400+$/);
  });

  it("finds everything the second time, pays nothing, and writes the same file", async () => {
    const before = await deployerWei();
    const text = readFileSync(file(), "utf8");
    await testClientOf(chain).mine({ blocks: 5 });
    const { contracts } = await json<{ contracts: { wasThere: boolean }[] }>();
    expect(contracts.map(({ wasThere }) => wasThere)).to.deep.equal(CONTRACTS.map(() => true));
    expect(readFileSync(file(), "utf8")).to.equal(text);
    const preview = await json<{ gas: string; contracts: { isThere: boolean }[] }>("--dry-run");
    expect(preview.contracts.every(({ isThere }) => isThere)).to.equal(true);
    expect(Number(preview.gas)).to.equal(0);
    expect(await deployerWei()).to.equal(before);
  });

  it("writes over a file of the same contracts whose block is another one, and over no other file", async () => {
    const right = read();
    writeFileSync(file(), serializeDeployment({ ...right, fromBlock: 9_999n }));
    expect((await run()).code).to.equal(0);
    expect(read()).to.deep.equal(right);
    const others = {
      "is of chain 1, not of 31337": serializeDeployment({ ...right, chainId: 1 }),
      "names another agentRegistry": serializeDeployment({ ...right, agentRegistry: right.nodeRegistry }),
      "is no deployment": "{}",
    };
    for (const [reason, text] of Object.entries(others)) {
      const out = join(folder, "other.json");
      writeFileSync(out, text);
      const error = errorOf(await run("--out", out, "--json"));
      expect(error.code, reason).to.equal("FILE_EXISTS");
      expect(error.message).to.include(reason);
      expect(readFileSync(out, "utf8")).to.equal(text);
    }
  });

  it("says where a file cannot be written", async () => {
    const ran = await run("--out", join("nowhere", "deployment.json"), "--json");
    expect(errorOf(ran).code).to.equal("FILE_UNWRITABLE");
  });

  describe("pleiad doctor", () => {
    const contractsFinding = async (deployment: Deployment): Promise<Finding> => {
      const path = join(folder, "checked.json");
      writeFileSync(path, serializeDeployment(deployment));
      const where = ["--rpc", chain.rpcUrl, "--deployment", path, "--json"];
      const { stdout } = await callCli(["doctor", ...where], { cwd: folder });
      const { sections } = JSON.parse(stdout) as { sections: { findings: Finding[] }[] };
      const found = sections
        .flatMap(({ findings }) => findings)
        .find(({ name, outcome }) => name === "contracts" && outcome !== "skipped");
      return found ?? expect.fail(`doctor says nothing of contracts: ${stdout}`);
    };

    it("is content with the file that deploy wrote", async () => {
      const finding = await contractsFinding(read());
      expect(finding.outcome).to.equal("ok");
      expect(finding.text)
        .to.include(`all ${CONTRACTS.length} are there`)
        .and.to.include("none is older than block 4");
    });

    it("says of a file with another contract that it is another one", async () => {
      const deployment = { ...read(), modelRegistry: read().agentRegistry };
      const finding = await contractsFinding(deployment);
      expect(finding.outcome).to.equal("wrong");
      expect(finding.text).to.include(`the code at ${deployment.modelRegistry} is not that of modelRegistry`);
    });

    it("says of a file from before the chain was started afresh that its block is wrong", async () => {
      const finding = await contractsFinding({ ...read(), fromBlock: 9_999n });
      expect(finding.outcome).to.equal("wrong");
      expect(finding.text).to.include("begins at block 9999");
    });
  });
});
