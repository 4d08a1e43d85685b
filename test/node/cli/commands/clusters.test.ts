import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { getTransactionCount } from "viem/actions";
import { accountOf, walletOf } from "../../../fixtures/chain.ts";
import { keyFileOf } from "../support/commands.ts";
import { type CliNetwork, keyOf, PRICE_WEI, sharedNetwork } from "../support/network.ts";
import { type Ran, withFolder } from "../support/run.ts";

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: { readonly suggestions?: readonly string[]; readonly changes?: readonly string[] };
  };
}

interface ApplyAnswer {
  readonly applied: boolean;
  readonly clusterId: number | null;
  readonly version?: number;
  readonly transactions: number;
  readonly quoteWei: string;
  readonly gas?: number;
  readonly changes: readonly { readonly sign: string; readonly text: string }[];
}

function errorOf({ stdout }: Ran): Failure["error"] {
  return (JSON.parse(stdout) as Failure).error;
}

describe("the commands about clusters", () => {
  let network: CliNetwork;
  let file: string;
  let example: string;

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await network.run(["init", "clusters"]);
    file = join(network.folder, "clusters", "cluster.yaml");
    example = readFileSync(file, "utf8").replace("slug: my-brief", "slug: applied");
    writeFileSync(file, example);
  });

  it("deploy tells the addresses, writes them down, and uses a development chain's own account", () => {
    const { code, stdout, stderr } = network.deployed;
    expect(code).to.equal(0);
    expect(stdout).to.include(network.deployment.clusterExecutions).and.to.include("deployment.json");
    expect(stderr).to.include(accountOf(0).address).and.to.include("unlocked");
  });

  it("deploy refuses to write over another file, before it pays for anything", async () => {
    const ran = await network.run(["deploy", "--rpc", network.chain.rpcUrl, "--out", file, "--json"]);
    expect(ran.code).to.equal(1);
    expect(errorOf(ran).code).to.equal("FILE_EXISTS");
  });

  it("apply shows what a dry run would change, and changes nothing", async () => {
    const { code, stdout } = await network.run(["cluster", "apply", file, "--dry-run"]);
    expect(code).to.equal(0);
    expect(stdout).to.include("+ agent reader on model 1 (reader), to be registered");
    expect(stdout)
      .to.include("+ task check: critic, after write")
      .and.to.include("+ version 1: window 10 s, fee 10 gwei");
    expect(stdout).to.include("4 transactions");
    const show = await network.run(["cluster", "show", "applied", "--json"]);
    expect(errorOf(show).code).to.equal("CLUSTER_SLUG_UNKNOWN");
  });

  it("apply sends nothing without a person's word or --yes", async () => {
    const ran = await network.run(["cluster", "apply", file, "--json"]);
    expect(ran.code).to.equal(1);
    expect(errorOf(ran)).to.include({ code: "PROMPT_IMPOSSIBLE" });
    expect(errorOf(ran).hint).to.include("--yes");
  });

  it("apply registers, builds and publishes, and tells what it cost", async () => {
    const answer = await network.json<ApplyAnswer>(["cluster", "apply", file, "--yes"]);
    expect(answer).to.include({ applied: true, version: 1, transactions: 4 });
    expect(answer.gas).to.be.greaterThan(100_000);
    expect(BigInt(answer.quoteWei)).to.equal(3n * PRICE_WEI + 10_000_000_000n);
  });

  it("apply has nothing to do where the chain is what the file says", async () => {
    const answer = await network.json<ApplyAnswer>(["cluster", "apply", file]);
    expect(answer).to.deep.include({ applied: false, changes: [], transactions: 0 });
    const { stdout } = await network.run(["cluster", "apply", file]);
    expect(stdout).to.include("Nothing to do");
  });

  it("apply adds what the file adds and publishes the next version", async () => {
    const longer = `${example.replace("fee: 10 gwei", "fee: 20 gwei")}  - name: sign\n    agent: critic\n    prompt: Sign it.\n`;
    writeFileSync(file, longer);
    const { stdout } = await network.run(["cluster", "apply", file, "--dry-run"]);
    expect(stdout).to.include("+ task sign: critic, after check").and.to.include("~ fee: 10 gwei → 20 gwei");
    expect(stdout).to.include("+ version 2").and.not.to.include("agent reader");
    const answer = await network.json<ApplyAnswer>(["cluster", "apply", file, "--yes"]);
    expect(answer).to.include({ applied: true, version: 2, transactions: 2 });
    expect((await network.json<ApplyAnswer>(["cluster", "apply", file])).transactions).to.equal(0);
  });

  it("apply brings a draft in line with whatever the file says, and publishes it", async () => {
    const path = join(network.folder, "edited.yaml");
    const first = `slug: edited
name: Edited
windowSeconds: 10
agents:
  - { name: reader, model: 1, role: Reader }
  - { name: writer, model: 1 }
  - { name: critic, model: 1 }
tasks:
  - { name: read, agent: reader, prompt: Read. }
  - { name: write, agent: writer, prompt: Write. }
  - { name: check, agent: critic, prompt: Check. }
  - { name: sign, agent: critic, prompt: Sign. }
`;
    const second = `slug: edited
name: Edited again
description: Now with a description
windowSeconds: 10
attempts: 5
inputs: [question, document]
agents:
  - { name: reader, model: 1, role: Poet, tokensMax: 100, temperature: 0.5 }
  - { name: critic, model: 1 }
tasks:
  - { name: skim, agent: reader, prompt: Read. }
  - { name: write, agent: reader, prompt: Write., tool: pen, toolArguments: "{}" }
  - { name: sign, agent: critic, prompt: Sign., quorum: 2 }
  - { name: check, agent: critic, prompt: Check., dependsOn: [skim] }
`;
    writeFileSync(path, first);
    await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"]);
    writeFileSync(path, second);
    const planned = await network.json<ApplyAnswer>(["cluster", "apply", path, "--dry-run"]);
    const lines = planned.changes.map(({ sign, text }) => `${sign} ${text.replace(/\(id \d+\)/, "(id N)")}`);
    expect(lines).to.include.members([
      "~ cluster edited: another name",
      "~ cluster edited: another description",
      "~ inputs: one text → question and document",
      "- agent writer (id N): no longer in the file",
      "~ agent reader: another role, tokensMax and temperature",
      "- task sign: another place",
      "- task check: another place",
      "~ task read: another name",
      "~ task write: another tool, toolArguments and agent",
      "+ task sign: critic, after write",
      "+ task check: critic, after skim",
      "~ attempts: 3 → 5",
    ]);
    const answer = await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"]);
    expect(answer).to.include({ applied: true, version: 2 });
    // The chain is what the file says now, and the other way round it gets there as well.
    expect((await network.json<ApplyAnswer>(["cluster", "apply", path])).transactions).to.equal(0);
    writeFileSync(path, first);
    expect(await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"])).to.include({ version: 3 });
    expect((await network.json<ApplyAnswer>(["cluster", "apply", path])).transactions).to.equal(0);
  });

  it("apply refuses a cluster of somebody else", async () => {
    const key = join(network.folder, "other.key");
    writeFileSync(key, keyOf(accountOf(8)), { mode: 0o600 });
    writeFileSync(file, `${example}  - name: sign\n    agent: critic\n    prompt: Sign it.\n`);
    const ran = await network.run(["cluster", "apply", file, "--yes", "--key", key, "--json"]);
    expect(errorOf(ran).code).to.equal("CLUSTER_FOREIGN");
  });

  it("apply registers a model on the file's terms, and changes them when the file does", async () => {
    const own = `slug: poems
name: Poems
windowSeconds: 10
models:
  poet: { price: 0.001 ether, nodeShareBps: 5000 }
agents:
  - { name: poet, model: poet }
tasks:
  - { name: rhyme, agent: poet, prompt: Rhyme. }
`;
    const path = join(network.folder, "poems.yaml");
    writeFileSync(path, own);
    const first = await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"]);
    expect(first).to.include({ transactions: 3, version: 1, quoteWei: "1000000000000000" });
    writeFileSync(path, own.replace("0.001", "0.002"));
    const second = await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"]);
    expect(second.changes[0]?.text).to.match(/^model \d+ \(poet\): 0\.001 ether, 50 % → 0\.002 ether, 50 %$/);
    expect(second).to.include({ version: 2, quoteWei: "2000000000000000" });
  });

  it("apply says before it sends what belongs to others and whether a grant lets it be used", async () => {
    const { chain, requester } = network;
    const operator = ["--key", keyFileOf(network, 2), "--yes"];
    const terms = ["--price", "1gwei", "--node-share-bps", "7000", "--closed"];
    const { modelId } = await network.json<{ modelId: number }>([
      ...["model", "register", "closed", ...terms, ...operator],
    ]);
    const registered = await network.json<{ agentId: number }>([
      ...["agent", "register", "--model", "1", ...operator],
    ]);
    const path = join(network.folder, "granted.yaml");
    writeFileSync(
      path,
      `slug: granted
name: Granted
windowSeconds: 10
agents:
  - { name: reader, model: ${modelId} }
  - { name: guest, id: ${registered.agentId} }
tasks:
  - { name: read, agent: reader, prompt: Read. }
  - { name: help, agent: guest, prompt: Help. }
`,
    );
    const dry = ["cluster", "apply", path, "--dry-run"];
    const refused = await network.run(dry);
    expect(refused.code).to.equal(1);
    const told = refused.stdout.replace(/\s+/g, " ");
    expect(told)
      .to.include(
        `may not agent ${registered.agentId} (guest) belongs to ${accountOf(2).address}, and ${requester.address} has no grant`,
      )
      .and.to.include(
        `may not model ${modelId} (closed) belongs to ${accountOf(2).address}, is for its owner's agents alone`,
      )
      .and.to.include(`pleiad grant give model ${modelId} ${requester.address}`);
    const nonce = () => getTransactionCount(walletOf(chain, requester), { address: requester.address });
    const before = await nonce();
    const ran = await network.run(["cluster", "apply", path, "--yes", "--json"]);
    expect(errorOf(ran).code).to.equal("CLUSTER_NOT_ALLOWED");
    expect(await nonce(), "sent before it looked").to.equal(before);

    for (const token of [
      ["model", modelId],
      ["agent", registered.agentId],
    ])
      await network.json(["grant", "give", ...token.map(String), requester.address, ...operator]);
    const allowed = await network.json<{ rights: { kind: string; allowed: boolean; text: string }[] }>(dry);
    expect(allowed.rights.map(({ kind, allowed: may }) => [kind, may])).to.deep.equal([
      ["agent", true],
      ["model", true],
    ]);
    expect(allowed.rights[1]?.text).to.include("has a grant to use it 1 time, of which one is taken");
    expect(await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes"])).to.include({ version: 1 });
  });

  it("apply lets a delegate that may edit the cluster change it, and says so", async () => {
    const path = join(network.folder, "poems.yaml");
    writeFileSync(path, readFileSync(path, "utf8").replace("Rhyme.", "Rhyme well."));
    const delegate = accountOf(7).address;
    const by = ["--key", keyFileOf(network, 7)];
    const dry = ["cluster", "apply", path, "--dry-run", ...by];
    expect((await network.run(dry)).code).to.equal(1);
    await network.json(["delegate", "add", "cluster", "poems", delegate, "--roles", "edit", "--yes"]);
    const { code, stdout } = await network.run(dry);
    expect(code, stdout).to.equal(0);
    expect(stdout.replace(/\s+/g, " ")).to.include(`for whom ${delegate} may edit it`);
    expect(await network.json<ApplyAnswer>(["cluster", "apply", path, "--yes", ...by])).to.include({
      version: 3,
    });
  });

  it("apply names every mistake of the file with its line", async () => {
    const path = join(network.folder, "wrong.yaml");
    writeFileSync(path, example.replace("agent: writer", "agent: writr"));
    const ran = await network.run(["cluster", "apply", path]);
    expect(ran.code).to.equal(1);
    expect(ran.stderr)
      .to.match(/wrong\.yaml:\d+:\d+ tasks\[1\]\.agent/)
      .and.to.include('did you mean "writer"?');
  });

  it("show tells agents, tasks, models and prices of the newest or an older version", async () => {
    const { code, stdout } = await network.run(["cluster", "show", "applied"]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/read +– +reader +1 reader +1, 2 +1,000 gwei +70 %/);
    expect(stdout).to.include("version      2, the newest");
    const older = await network.json<{ version: number; tasks: unknown[] }>([
      "cluster",
      "show",
      "applied",
      "--version",
      "1",
    ]);
    expect(older.version).to.equal(1);
    expect(older.tasks).to.have.length(3);
  });

  it("show tells one task or one agent whole, and names the one that was meant", async () => {
    const task = await network.run(["cluster", "show", "applied", "--task", "write"]);
    expect(task.stdout).to.include("Compose a brief with headings and quotes");
    const agent = await network.run(["cluster", "show", "applied", "--agent", "critic"]);
    expect(agent.stdout).to.include("Let nothing pass");
    const wrong = await network.run(["cluster", "show", "applied", "--task", "wriet", "--json"]);
    expect(errorOf(wrong)).to.deep.include({ code: "TASK_NAME_UNKNOWN", hint: "did you mean write?" });
    const nobody = await network.run(["cluster", "show", "applied", "--agent", "zzz", "--json"]);
    expect(errorOf(nobody).hint).to.equal("there is reader, writer and critic");
  });

  it("show names the cluster that was meant, and says of an id that it is unknown", async () => {
    const meant = await network.run(["cluster", "show", "aplied", "--json"]);
    expect(errorOf(meant)).to.deep.include({ code: "CLUSTER_SLUG_UNKNOWN", hint: "did you mean applied?" });
    expect(errorOf(meant).details.suggestions).to.deep.equal(["applied"]);
    const id = await network.run(["cluster", "show", "99", "--json"]);
    expect(errorOf(id).code).to.equal("CLUSTER_UNKNOWN");
  });

  it("quote tells the exact price of a run, part by part", async () => {
    const answer = await network.json<{ totalWei: string; tasks: unknown[] }>([
      "quote",
      "applied",
      "--version",
      "1",
    ]);
    expect(BigInt(answer.totalWei)).to.equal(3n * PRICE_WEI + 10_000_000_000n);
    expect(answer.tasks).to.have.length(3);
    const { stdout } = await network.run(["quote", "applied"]);
    expect(stdout).to.match(/in all +4,020 gwei/);
    const unknown = await network.run(["quote", "applied", "--version", "9", "--json"]);
    expect(errorOf(unknown).code).to.equal("CLUSTER_VERSION_UNKNOWN");
  });

  it("execute puts a short input on the chain, says with which key, and answers the id", async () => {
    const ran = await network.run(["cluster", "execute", "applied", "--input", "-", "--json"], {
      input: "a short text",
    });
    expect(ran.code).to.equal(0);
    expect(ran.stderr).to.include(`throwaway key, ${network.requester.address}`);
    const { executionId } = JSON.parse(ran.stdout) as { executionId: number };
    const shown = await network.json<{ inputDigest: string; requester: string; state: string }>([
      "execution",
      "show",
      String(executionId),
    ]);
    expect(shown).to.include({ requester: network.requester.address, state: "Running" });
    expect(shown.inputDigest).to.equal(keccak256(stringToHex("a short text")));
  });

  it("execute takes the chain, the contracts and a key by options, from anywhere", () =>
    withFolder(async (cwd) => {
      const key = join(cwd, "key");
      writeFileSync(key, keyOf(accountOf(8)), { mode: 0o600 });
      const deployment = join(network.folder, ".pleiad", "deployment.json");
      const where = ["--rpc", network.chain.rpcUrl, "--deployment", deployment, "--key", key];
      const { executionId } = await network.json<{ executionId: number }>(
        ["cluster", "execute", "applied", "--input", "-", "--deadline", "600", ...where],
        { cwd, input: "from elsewhere" },
      );
      expect(executionId).to.be.greaterThan(0);
    }));

  it("execute goes on with a conversation, which the run then names", async () => {
    const thread = `0x${"5A".repeat(32)}`;
    const words = ["cluster", "execute", "applied", "--input", "-"];
    const { executionId } = await network.json<{ executionId: number }>([...words, "--thread", thread], {
      input: "and what about this?",
    });
    const show = ["execution", "show", String(executionId)];
    expect((await network.json<Record<string, unknown>>(show)).thread).to.equal(thread.toLowerCase());
    expect((await network.run(show)).stdout).to.include(thread.toLowerCase());
    for (const wrong of ["0x12", `0x${"00".repeat(32)}`]) {
      const ran = await network.run([...words, "--thread", wrong, "--json"], { input: "x" });
      expect(errorOf(ran).code).to.equal("USAGE_INVALID");
    }
  });

  it("execute refuses an input that is empty, binary, too large, or not there", async () => {
    const codeOf = async (input: string | Uint8Array, ...more: string[]) =>
      errorOf(
        await network.run(["cluster", "execute", "applied", "--input", "-", "--json", ...more], { input }),
      ).code;
    expect(await codeOf("  \n")).to.equal("INPUT_EMPTY");
    expect(await codeOf(new Uint8Array([1, 0, 2]))).to.equal("INPUT_NOT_TEXT");
    expect(await codeOf("x".repeat(2_000_000))).to.equal("INPUT_TOO_LARGE");
    expect(await codeOf("x".repeat(9_000), "--inline")).to.equal("EXECUTION_INPUT_TOO_LARGE");
    const missing = await network.run(["cluster", "execute", "applied", "--input", "no-such-file", "--json"]);
    expect(errorOf(missing).code).to.equal("DOCUMENT_UNREADABLE");
  });

  it("execute says that a large input needs a daemon where none can take it", async () => {
    const input = "x ".repeat(5_000);
    const ran = await network.run(["cluster", "execute", "applied", "--input", "-", "--json"], { input });
    expect(ran.code).to.equal(75);
    expect(errorOf(ran).code).to.equal("DAEMONS_UNREACHABLE");
  });

  it("execute refuses a key file that is not there, or no file, or that others may read, and a file that holds no key", async () => {
    const key = join(network.folder, "bad.key");
    const run = (path = key) =>
      network.run(["cluster", "execute", "applied", "--input", "-", "--key", path, "--json"], { input: "x" });
    expect(errorOf(await run()).code).to.equal("KEY_FILE_MISSING");
    mkdirSync(`${key}.folder`, { mode: 0o700 });
    expect(errorOf(await run(`${key}.folder`)).code).to.equal("KEY_FILE_UNREADABLE");
    writeFileSync(key, keyOf(accountOf(8)));
    chmodSync(key, 0o644);
    expect(errorOf(await run()).code).to.equal("KEY_FILE_MODE");
    chmodSync(key, 0o600);
    writeFileSync(key, "0x1234");
    const invalid = errorOf(await run());
    expect(invalid.code).to.equal("KEY_FILE_INVALID");
    expect(JSON.stringify(invalid)).not.to.include("1234");
  });
});
