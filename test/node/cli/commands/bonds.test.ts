import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { signCompletion } from "@pleiad/sdk/actions/signCompletion";
import { serializeDeployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { keccak256, stringToHex, zeroHash } from "viem";
import { accountOf } from "../../../fixtures/chain.ts";
import { applyExample, failing, keyFileOf, requestRun } from "../support/commands.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

/** Owns node 1, see the network's fixture. */
const OWNER = 2;
const STRANGER = 9;
const SLUG = "bonded";
const DAY_SECONDS = 86_400;

interface Shown {
  readonly bondedWei: string;
  readonly unbondingWei: string;
  readonly releasesAt: number | null;
  readonly equivocations: number;
}

describe("the commands about bonds", () => {
  let network: CliNetwork;
  let by: readonly string[];
  const show = (node = 1) => network.json<Shown>(["bond", "show", `${node}`]);

  /** A file that shows that node 1 signed two answers, or once the same twice. */
  const evidence = async (execution: number, outputs: readonly [string, string]): Promise<string> => {
    const { deployment, nodes, folder } = network;
    const [node] = nodes;
    if (node === undefined) throw new Error("the network has a node");
    const statement = async (output: string) => {
      const completion = {
        ...{
          execution: BigInt(execution),
          task: 0,
          contextHash: keccak256("0x01"),
          node: node.node,
          tip: 0n,
        },
        ...{ outputDigest: keccak256(stringToHex(output)), evidenceDigest: zeroHash },
      };
      return { completion, signature: await signCompletion(node.key, { deployment, completion }) };
    };
    const file = join(folder, `lie-${execution}-${outputs.join("-")}.json`);
    const content = {
      format: "pleiad-equivocation-1",
      a: await statement(outputs[0]),
      b: await statement(outputs[1]),
    };
    const text = JSON.stringify(content, (_, value) => (typeof value === "bigint" ? String(value) : value));
    writeFileSync(file, text);
    return file;
  };

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    by = ["--key", keyFileOf(network, OWNER)];
    await applyExample(network, SLUG);
  });

  it("add puts money behind a node, withdraw takes it out after 21 days", async () => {
    const add = ["bond", "add", "2", "100wei"];
    expect((await failing(network, ...add)).message).to.include("Put 100 wei behind node 2");
    expect((await show(2)).bondedWei).to.equal("0");
    expect(await network.json([...add, "--yes"])).to.include({ node: 2, valueWei: "100" });
    const owner = ["--key", keyFileOf(network, 3), "--yes"];
    const asked = await network.json<{ unbondingWei: string }>(["bond", "withdraw", "2", "40wei", ...owner]);
    expect(asked.unbondingWei).to.equal("40");
    expect(await show(2)).to.include({ bondedWei: "60", unbondingWei: "40" });
    const early = await failing(network, "bond", "withdraw", "2", ...owner);
    expect(early).to.include({ code: "BOND_NOT_RELEASED", exitCode: 75 });
    await network.passSeconds(21 * DAY_SECONDS);
    const { stdout } = await network.run(["bond", "show", "2"]);
    expect(stdout)
      .to.match(/bonded +60 wei/)
      .and.to.match(/on its way +40 wei, released at/);
    expect(await network.json(["bond", "withdraw", "2", ...owner])).to.include({
      amountWei: "40",
      to: accountOf(3).address,
    });
    expect(await show(2)).to.include({ bondedWei: "60", unbondingWei: "0", releasesAt: null });
    expect((await failing(network, "bond", "withdraw", "2", ...owner)).code).to.equal(
      "BOND_NOTHING_UNBONDING",
    );
  });

  it("prove takes half of a liar's bond, and claim pays it to whoever paid for the run", async () => {
    await network.json(["bond", "add", "1", "9wei", ...by, "--yes"]);
    const execution = await requestRun(network, SLUG);
    const file = await evidence(execution, ["one", "two"]);
    const prove = ["bond", "prove", file, "--key", keyFileOf(network, STRANGER)];
    expect((await failing(network, ...prove)).message).to.include(
      `Prove that node 1 signed two answers to task 0 of execution ${execution}`,
    );
    expect(await network.json([...prove, "--yes"])).to.include({
      node: 1,
      penaltyWei: "5",
      requester: network.requester.address,
    });
    expect(await show()).to.include({ bondedWei: "4", equivocations: 1 });
    expect((await failing(network, ...prove)).code).to.equal("EQUIVOCATION_KNOWN");
    expect(await network.json(["bond", "claim", "--yes"])).to.include({ amountWei: "5" });
    expect((await failing(network, "bond", "claim", "--yes")).code).to.equal("BOND_NOTHING_TO_CLAIM");
    const same = await evidence(execution, ["one", "one"]);
    expect((await failing(network, "bond", "prove", same)).code).to.equal("EQUIVOCATION_OUTPUTS_SAME");
  });

  it("prove names what is wrong in the file", async () => {
    const file = join(network.folder, "no-lie.json");
    writeFileSync(file, JSON.stringify({ format: "pleiad-equivocation-1", a: {}, b: "no" }));
    const wrong = await failing(network, "bond", "prove", file);
    expect(wrong.code).to.equal("EVIDENCE_INVALID");
    expect(wrong.message).to.include("a.completion").and.to.include("b:");
    writeFileSync(file, "no JSON");
    expect((await failing(network, "bond", "prove", file)).code).to.equal("EVIDENCE_INVALID");
    expect((await failing(network, "bond", "prove", "nowhere.json")).code).to.equal("FILE_UNREADABLE");
  });

  it("refuses strangers, unknown nodes, amounts without a unit, and deployments without bonds", async () => {
    const stranger = ["--key", keyFileOf(network, STRANGER)];
    expect((await failing(network, "bond", "withdraw", "1", "1wei", ...stranger)).code).to.equal(
      "BOND_NOT_YOURS",
    );
    expect((await failing(network, "bond", "add", "999", "1wei")).code).to.equal("BOND_NODE_UNKNOWN");
    expect((await failing(network, "bond", "show", "999")).code).to.equal("NODE_UNKNOWN");
    const bare = await failing(network, "bond", "add", "1", "5");
    expect(bare.code).to.equal("USAGE_INVALID");
    expect(bare.message).to.include("0.5ether");
    const file = join(network.folder, "core.json");
    writeFileSync(file, serializeDeployment({ ...network.deployment, nodeBonds: undefined }));
    const missing = await failing(network, "bond", "show", "1", "--deployment", file);
    expect(missing.code).to.equal("CONTRACT_NOT_NAMED");
  });
});
