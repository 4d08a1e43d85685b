import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expire } from "@pleiad/sdk/actions/expire";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { keccak256, stringToHex } from "viem";
import { accountOf, walletOf } from "../../../fixtures/chain.ts";
import { type FakeDaemon, startFakeDaemon, writeOperators } from "../support/daemon.ts";
import { type CliNetwork, keyOf, sharedNetwork, WINDOW_SECONDS } from "../support/network.ts";
import { type Ran, runCli, startCli } from "../support/run.ts";

const OUTPUTS = { 0: "notes", 1: "a brief", 2: "a checked brief\n" };
const SLUG = "executed";

interface Shown {
  readonly state: string;
  readonly settlements: number;
  readonly gas: { readonly execute: number; readonly settle: number };
  readonly tasks: readonly {
    readonly name: string;
    readonly eligible: readonly { readonly node: number; readonly rank: number }[];
    readonly answer: { readonly node: number; readonly rank: number; readonly nodeEarnedWei: string } | null;
  }[];
  readonly why?: readonly { readonly title: string; readonly sentences: readonly string[] }[];
}

interface Verified {
  readonly verified: boolean;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly text: string }[];
}

function codeOf({ stdout }: Ran): string {
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

function failedChecks({ stdout }: Ran): string[] {
  return (JSON.parse(stdout) as Verified).checks
    .filter(({ outcome }) => outcome === "failed")
    .map(({ name }) => name);
}

describe("the commands about executions", () => {
  let network: CliNetwork;
  let daemon: FakeDaemon;

  /** Requests a run of the cluster. */
  const request = async (input = "a document", ...more: string[]): Promise<number> => {
    const args = ["cluster", "execute", SLUG, "--input", "-", ...more];
    return (await network.json<{ executionId: number }>(args, { input })).executionId;
  };

  /** The story of an execution on one line. */
  const storyOf = async (id: number): Promise<string> => {
    const { why = [] } = await network.json<Shown>(["execution", "show", String(id), "--why"]);
    return why.flatMap(({ title, sentences }) => [title, ...sentences]).join(" ");
  };

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    await network.run(["init", SLUG]);
    const file = join(network.folder, SLUG, "cluster.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("slug: my-brief", `slug: ${SLUG}`));
    await network.json(["cluster", "apply", file, "--yes"]);
    const data = join(network.folder, ".pleiad");
    daemon = await startFakeDaemon(join(data, "operators", "one"), 1n);
    writeOperators(data, [
      { name: "one", node: 1, folder: daemon.folder },
      { name: "two", node: 2, folder: join(data, "operators", "two") },
    ]);
  });

  after(async () => {
    await daemon?.stop();
    if (network !== undefined) writeOperators(join(network.folder, ".pleiad"), []);
  });

  describe("show", () => {
    it("tells who answered each task, in which role, and what it earned", async () => {
      const id = await request();
      await network.answer(id, OUTPUTS);
      const shown = await network.json<Shown>(["execution", "show", String(id)]);
      expect(shown).to.include({ state: "Succeeded", settlements: 1 });
      expect(shown.gas.execute).to.be.greaterThan(50_000);
      for (const { name, answer, eligible } of shown.tasks) {
        expect(answer, name).to.include({ rank: 0, nodeEarnedWei: "700000000000" });
        expect(
          eligible.map(({ rank }) => rank),
          name,
        ).to.deep.equal([0, 1]);
      }
      const { stdout } = await network.run(["execution", "show", String(id)]);
      expect(stdout)
        .to.include("succeeded")
        .and.to.include("1 transaction")
        .and.to.include("a checked brief");
      expect(stdout).to.match(/read +reader +1 reader +[12] +node +[\d,]+ +\d+ s +700 gwei/);
    });

    it("gives a response or one task's output to a pipe byte by byte", async () => {
      const id = String(await request());
      await network.answer(Number(id), OUTPUTS);
      const response = await runCli(["execution", "show", id, "--response"], { cwd: network.folder });
      expect(response).to.deep.equal({ code: 0, stdout: "a checked brief\n", stderr: "" });
      const task = await network.run(["execution", "show", id, "--task", "read"]);
      expect(task.stdout).to.equal("notes");
      const wrong = await network.run(["execution", "show", id, "--task", "raed", "--json"]);
      expect(codeOf(wrong)).to.equal("TASK_NAME_UNKNOWN");
    });

    it("says of an execution that is not there that it is not, and of no id that it is none", async () => {
      expect(codeOf(await network.run(["execution", "show", "999", "--json"]))).to.equal("EXECUTION_UNKNOWN");
      expect(codeOf(await network.run(["execution", "show", "one", "--json"]))).to.equal("USAGE_INVALID");
    });

    it("--why tells who was eligible, whose window opened, who stepped in and who earned what", async () => {
      const id = await request();
      await network.passSeconds(WINDOW_SECONDS);
      await network.answer(id, { 0: "notes" }, 1);
      const story = await storyOf(id);
      expect(story).to.match(/2 nodes were eligible: node [12] at once and node [12] after 10 s\./);
      expect(story).to.match(
        /Node ([12]) did not answer in time\. The window of node ([12]) opened after 10 s, and it stepped in; its answer was accepted \d+ s after/,
      );
      expect(story).to.match(/Node [12] earned 700 gwei, model 1 300 gwei\./);
      expect(story).to.include("Nobody has answered it yet.").and.to.include("It waits for task write.");
      expect(story).to.match(/It runs, for .+ at most; 2,010 gwei are in escrow\./);
    });

    it("--why gives each node's own reasons, and says which node could not be asked", async () => {
      const id = await request();
      const failures = [{ code: "AGENT_TIMED_OUT", message: "no answer\u001b[2J in 5 s", attempt: 1 }];
      const reportedDigest = `0x${"ab".repeat(32)}` as const;
      daemon.jobs.set(BigInt(id), [{ task: 0, failures, reportedDigest }]);
      const wait = { task: 1, code: "QUORUM_WITHOUT_PEERS", message: "no network\u001b[2J", retryable: true };
      daemon.waits.set(BigInt(id), [wait]);
      const story = await storyOf(id);
      expect(story).to.include(
        `Node 1 (one) reported on chain that it cannot do task read, with the reason's digest ${reportedDigest}.`,
      );
      expect(story).to.include(
        "Node 1 (one) waits before task write: QUORUM_WITHOUT_PEERS, no network\ufffd[2J.",
      );
      expect(story).to.include(
        "Node 1 (one) failed at task read, attempt 1: AGENT_TIMED_OUT, no answer\ufffd[2J in 5 s.",
      );
      expect(story).to.include("Node 2 (two) could not be asked: it does not run.");
    });

    it("--why tells of an execution that expired what went back, and that nobody answered", async () => {
      const id = await request("a document", "--deadline", "60");
      await network.passSeconds(120);
      expect(await storyOf(id)).to.include("Its deadline has passed");
      await expire(walletOf(network.chain, accountOf(7)), {
        deployment: network.deployment,
        execution: BigInt(id),
      });
      const story = await storyOf(id);
      expect(story).to.include("Nobody answered it before the execution ended.");
      expect(story).to.include(
        "It ended without a response (expired); 3,010 gwei went back to the requester's credit.",
      );
      const { code, stdout } = await network.run(["execution", "watch", String(id), "--json"]);
      expect(code).to.equal(1);
      expect(stdout).to.include("EXECUTION_EXPIRED");
    });
  });

  describe("expire", () => {
    const errorOf = ({ stdout }: Ran) =>
      (JSON.parse(stdout) as { error: { code: string; message: string } }).error;

    it("ends a run whose deadline is over, for anybody, and says what was refunded to whom", async () => {
      const id = await request("a document", "--deadline", "60");
      await network.passSeconds(120);
      const key = join(network.folder, "anybody.key");
      writeFileSync(key, keyOf(accountOf(7)), { mode: 0o600 });
      const answer = await network.json<{ state: string; refundWei: string; requester: string; gas: number }>(
        [...["execution", "expire", String(id)], ...["--key", key, "--yes"]],
      );
      expect(answer).to.include({
        state: "Expired",
        refundWei: "3010000000000",
        requester: network.requester.address,
      });
      expect(answer.gas).to.be.greaterThan(20_000);
      const shown = await network.json<Shown>(["execution", "show", String(id)]);
      expect(shown.state).to.equal("Expired");
    });

    it("tells a person where the money is, and how to take it out", async () => {
      const id = await request("a document", "--deadline", "60");
      await network.passSeconds(120);
      const { code, stdout } = await network.run(["execution", "expire", String(id), "--yes"]);
      expect(code).to.equal(0);
      expect(stdout)
        .to.include("3,010 gwei, to the credit of its requester")
        .and.to.include("pleiad credit withdraw account");
      const withdrawn = await network.json<{ kind: string; amountWei: string }>([
        ...["credit", "withdraw", "account", "--yes"],
      ]);
      expect(withdrawn.kind).to.equal("account");
      expect(BigInt(withdrawn.amountWei) >= 3_010_000_000_000n).to.equal(true);
    });

    it("asks first, and ends with 75 before the deadline, 1 for what can never be expired", async () => {
      const id = await request("a document", "--deadline", "60");
      const early = await network.run(["execution", "expire", String(id), "--yes", "--json"]);
      expect(early.code).to.equal(75);
      expect(errorOf(early).code).to.equal("EXECUTION_NOT_EXPIRED");
      await network.passSeconds(120);
      const asked = await network.run(["execution", "expire", String(id), "--json"]);
      expect(asked.code).to.equal(1);
      expect(errorOf(asked)).to.include({ code: "PROMPT_IMPOSSIBLE" });
      expect(errorOf(asked).message).to.include(`Expire execution ${id}?`);
      await network.json(["execution", "expire", String(id), "--yes"]);
      const again = await network.run(["execution", "expire", String(id), "--yes", "--json"]);
      expect(again.code).to.equal(1);
      expect(errorOf(again).code).to.equal("EXECUTION_HAS_ENDED");
      const unknown = await network.run(["execution", "expire", "99999", "--yes", "--json"]);
      expect(errorOf(unknown).code).to.equal("EXECUTION_UNKNOWN");
      const wrong = await network.run(["execution", "expire", "first", "--yes", "--json"]);
      expect(errorOf(wrong).code).to.equal("USAGE_INVALID");
    });
  });

  describe("execute", () => {
    it("gives a large input to the daemons and puts its digest on the chain", async () => {
      const input = "a long document. ".repeat(1_000);
      const id = await request(input);
      const digest = keccak256(stringToHex(input));
      expect([...daemon.blobs.keys()]).to.include(digest);
      const shown = await network.json<{ inputDigest: string }>(["execution", "show", String(id)]);
      expect(shown.inputDigest).to.equal(digest);
    });

    it("--wait prints the verified response and nothing else to standard output", async () => {
      const child = startCli(["cluster", "execute", SLUG, "--input", "-", "--wait"], { cwd: network.folder });
      child.stdin?.end("a document");
      let stdout = "";
      let stderr = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
        stderr += `${line}\n`;
        const id = /^Execution (\d+) is on the chain/.exec(line)?.[1];
        if (id !== undefined) await network.answer(Number(id), OUTPUTS);
      }
      expect(stdout).to.equal("a checked brief\n");
      expect(stderr).to.include("Verified").and.to.include("--why");
    });
  });

  describe("watch", () => {
    it("tells each answer as it comes and ends with the response", async () => {
      const id = await request();
      const child = startCli(["execution", "watch", String(id), "--json"], { cwd: network.folder });
      const lines: { event: string; task?: string }[] = [];
      await network.answer(id, { 0: "notes" });
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        const event = JSON.parse(line) as { event: string; task?: string };
        lines.push(event);
        if (event.task === "read") await network.answer(id, { 1: "a brief", 2: "a checked brief\n" });
      }
      expect(lines.map(({ event, task }) => task ?? event)).to.deep.equal([
        "read",
        "write",
        "check",
        "response",
      ]);
    });

    it("without an id tells every new execution until it is stopped", async () => {
      const child = startCli(["execution", "watch"], { cwd: network.folder });
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      let requested: Promise<number> | undefined;
      child.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("Watching")) requested ??= request();
      });
      for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
        expect(line).to.include(`execution ${await requested} of cluster`);
        child.kill("SIGINT");
      }
      expect(await ended).to.equal(0);
    });
  });

  describe("receipt and verify", () => {
    let receipt: string;

    before(async () => {
      const id = await request();
      await network.answer(id, OUTPUTS);
      receipt = join(network.folder, "receipt.json");
      const args = ["execution", "receipt", String(id), "-o", receipt];
      const { code, stdout } = await runCli(args, { cwd: network.folder });
      expect(code).to.equal(0);
      expect(stdout).to.include("receipt.json").and.to.include("pleiad verify");
    });

    it("a receipt is right, by the contracts that the reader trusts", async () => {
      const { verified, checks } = await network.json<Verified>(["verify", receipt]);
      expect(verified).to.equal(true);
      expect(checks.map(({ outcome }) => outcome)).not.to.include("failed");
      expect(checks.find(({ name }) => name === "contracts")?.outcome).to.equal("passed");
      const { stdout } = await network.run(["verify", receipt]);
      expect(stdout).to.include("Verified:").and.not.to.include("WRONG");
    });

    it("a receipt is right against any endpoint, which then says that the contracts are the receipt's word", async () => {
      const ran = await network.run(["verify", receipt, "--rpc", network.chain.rpcUrl, "--json"], {
        cwd: "/",
      });
      expect(ran.code).to.equal(0);
      const contracts = (JSON.parse(ran.stdout) as Verified).checks.find(({ name }) => name === "contracts");
      expect(contracts).to.include({ outcome: "skipped" });
      expect(contracts?.text).to.include(network.deployment.clusterExecutions);
    });

    it("an execution that has no response yet has no receipt", async () => {
      const id = await request();
      const ran = await network.run(["execution", "receipt", String(id), "-o", `${receipt}.none`, "--json"]);
      expect(ran.code).to.equal(75);
      expect(codeOf(ran)).to.equal("EXECUTION_NOT_SUCCEEDED");
      expect(
        codeOf(await network.run(["execution", "receipt", String(id), "-o", receipt, "--json"])),
      ).to.equal("FILE_EXISTS");
    });

    it("a file that is no receipt is named as such, with what is wrong", async () => {
      const path = join(network.folder, "none.json");
      writeFileSync(path, '{"format":"pleiad-receipt-1"}');
      const ran = await network.run(["verify", path, "--json"]);
      expect(codeOf(ran)).to.equal("RECEIPT_INVALID");
      expect(ran.stdout).to.include("deployment");
    });

    /** Each forgery, and the check that it fails. */
    const forgeries: readonly (readonly [what: string, check: string, forge: (receipt: Forged) => void])[] = [
      [
        "another response",
        "file",
        ({ completions }) => Object.assign(completions[2]?.content ?? {}, { text: "forged" }),
      ],
      [
        "another response with the digests to match",
        "claims",
        ({ completions, response }) => {
          const digest = keccak256(stringToHex("forged"));
          Object.assign(completions[2] ?? {}, { digest, content: { encoding: "utf8", text: "forged" } });
          response.digest = digest;
        },
      ],
      [
        "another input",
        "file",
        ({ input }) => Object.assign(input, { content: { encoding: "utf8", text: "forged" } }),
      ],
      ["another version's code", "file", ({ version }) => Object.assign(version, { code: "0x00ff" })],
      ["another node", "claims", ({ completions }) => Object.assign(completions[0] ?? {}, { node: 77 })],
      ["another requester", "claims", (forged) => Object.assign(forged, { requester: accountOf(9).address })],
      [
        "another transaction",
        "claims",
        ({ response }) => Object.assign(response, { transaction: `0x${"11".repeat(32)}` }),
      ],
      ["a missing answer", "file", ({ completions }) => void completions.pop()],
      [
        "another execution",
        "claims",
        (forged) => Object.assign(forged, { executionId: forged.executionId - 1 }),
      ],
      ["an execution that is not there", "state", (forged) => Object.assign(forged, { executionId: 9_999 })],
      [
        "other contracts",
        "contracts",
        ({ deployment }) => Object.assign(deployment, { clusterExecutions: accountOf(9).address }),
      ],
    ];
    for (const [what, check, forge] of forgeries) {
      it(`refuses a receipt with ${what}, by the check "${check}"`, async () => {
        const forged = JSON.parse(readFileSync(receipt, "utf8")) as Forged;
        forge(forged);
        const path = join(network.folder, "forged.json");
        writeFileSync(path, JSON.stringify(forged));
        const ran = await network.run(["verify", path, "--json"]);
        expect(ran.code, ran.stderr).to.equal(1);
        expect((JSON.parse(ran.stdout) as Verified).verified).to.equal(false);
        expect(failedChecks(ran)).to.include(check);
        const { stdout, code } = await network.run(["verify", path]);
        expect(code).to.equal(1);
        expect(stdout)
          .to.include("WRONG")
          .and.to.match(new RegExp(`Not verified: .*failed: .*${check}`));
      });
    }
  });

  it("node status asks the daemons of the local network", async () => {
    const { code, stdout } = await network.run(["node", "status"]);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/1 +one +works +7 +0 +1 +2 +0\.91234 +0\.00123/)
      .and.to.match(/– +two +down +– +–/)
      .and.to.include("two: does not run");
  });
});

interface Forged {
  executionId: number;
  requester: string;
  readonly deployment: Record<string, unknown>;
  readonly version: Record<string, unknown>;
  readonly input: Record<string, unknown>;
  readonly completions: { content?: Record<string, unknown> }[];
  readonly response: { digest: string; transaction: string };
}
