import { basename } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { describe, it } from "mocha";
import { encodeFunctionData, type Hex, parseAbi } from "viem";
import { linked } from "../../scripts/mutation/artifacts.ts";
import { compile, treesOf } from "../../scripts/mutation/compiler.ts";
import { changedSource, mutantsOf } from "../../scripts/mutation/mutants.ts";
import { createOrder } from "../../scripts/mutation/order.ts";
import { type Result, stillTrue, tableOf } from "../../scripts/mutation/results.ts";
import { CHOICE_PATH, CHOICE_SOURCE, numberAt, schemaOf } from "../../scripts/mutation/schema.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PATH = "contracts/Small.sol";
/** Something of every sort that a change may stand in. */
const SOURCE = `pragma solidity 0.8.34;
contract Small {
    event Told(uint256 value);
    error Refused(uint256 value);
    uint256 private constant MANY = 40;
    uint256 private _kept = 3;
    // Bytes and characters differ: ä.
    function ask(uint256 a, uint256 b) external returns (uint256 sum, bool isLarge) {
        if (a == 7) revert Refused(a);
        uint256 step = 5;
        (uint256 low, uint256 high) = _order(a, b);
        unchecked {
            for (uint256 i = 1; i < 3; ++i) step += low * i - 1;
        }
        _kept = high;
        sum = _kept + (step << 1) + _read(a, b);
        emit Told(sum);
        isLarge = sum > MANY && !(b == 0 || a > 1);
        if (b > 100) return (1, false);
    }
    function _order(uint256 a, uint256 b) private pure returns (uint256, uint256) {
        return a < b ? (a, b) : (b, a);
    }
    function _read(uint256 a, uint256 b) private pure returns (uint256 c) {
        assembly ("memory-safe") {
            c := sub(shl(3, b), div(a, 2))
        }
    }
}
`;
const ABI = parseAbi(["function ask(uint256 a, uint256 b) returns (uint256, bool)"]);
const QUESTIONS = [
  [0n, 0n],
  [7n, 1n],
  [1n, 2n],
  [2n, 101n],
] as const;

function taskOf(sources: Readonly<Record<string, string>>) {
  const contracts = Object.keys(sources).map((path) => `${path}:Small`);
  return { folder: ROOT, contracts, sources: { ...sources, [CHOICE_PATH]: CHOICE_SOURCE } };
}

const tree = treesOf(taskOf({ [PATH]: SOURCE }))[PATH];
const mutants = mutantsOf(PATH, SOURCE, tree);
/** All of them, by their number. */
const changes = mutants.map(({ change }, i) => ({ ...change, number: i + 1 }));

/** What a contract answers to every question, with what it tells in the log, as one text. */
async function answersOf(client: Client, code: string): Promise<string> {
  const { contractAddress } = await client.mined({ data: `0x${code}` });
  const answers: string[] = [];
  for (const args of QUESTIONS) {
    const data = encodeFunctionData({ abi: ABI, functionName: "ask", args });
    const call = { to: contractAddress as Hex, data };
    answers.push(await client.answer(call));
    answers.push(JSON.stringify((await client.mined(call)).logs.map((log) => log.data)));
  }
  return answers.join("\n");
}

type Client = Awaited<ReturnType<typeof createClient>>;

async function createClient() {
  const { viem } = await network.create({ override: { throwOnTransactionFailures: false } });
  const client = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();
  const account = wallet?.account.address;
  return {
    mined: async (transaction: { to?: Hex; data: Hex }) => {
      const hash = await client.request({
        method: "eth_sendTransaction" as never,
        params: [{ from: account, gas: "0xf42400", ...transaction }] as never,
      });
      return client.getTransactionReceipt({ hash });
    },
    answer: async (call: { to: Hex; data: Hex }) => {
      try {
        return String((await client.call(call)).data);
      } catch (error) {
        return String((error as { details?: string }).details);
      }
    },
  };
}

describe("the mutator", () => {
  it("puts every change into one source, where each takes effect alone and none with number 0", async function () {
    this.timeout(120_000);
    const { source, left } = schemaOf(SOURCE, tree, changes);
    const constants = mutants.filter((mutant) => mutant.function === "");
    expect(left.map(({ number }) => mutants[number - 1])).to.deep.equal(constants);
    const chosen = changes.filter((change) => !left.includes(change));
    // Each of them alone in a file of its own, to compare with.
    const alone = chosen.map((change) => [`contracts/${change.number}.sol`, changedSource(SOURCE, change)]);
    const sources = { [PATH]: SOURCE, "contracts/All.sol": source, ...Object.fromEntries(alone) };
    const { errors, codes } = await compile(taskOf(sources));
    expect(errors).to.deep.equal([]);
    const client = await createClient();
    const answers = (path: string, number = 0) =>
      answersOf(client, linked(codes[`${path}:Small`]?.created ?? "", number));
    const original = await answers(PATH);
    expect(await answers("contracts/All.sol", 0)).to.equal(original);
    let differing = 0;
    for (const { number } of chosen) {
      const expected = await answers(`contracts/${number}.sol`);
      if (expected !== original) differing++;
      const { before, after } = mutants[number - 1] as (typeof mutants)[number];
      expect(await answers("contracts/All.sol", number), `${before} => ${after}`).to.equal(expected);
    }
    expect(differing, "what most changes change can be seen").to.be.above((chosen.length * 3) / 4);
  });

  it("makes changes of every sort that the contracts have statements for", () => {
    const kinds = new Set(mutants.map(({ kind }) => kind));
    expect([...kinds].sort()).to.deep.equal([
      "arguments",
      "condition",
      "constant",
      "negation",
      "operator",
      "removal",
    ]);
    const guards = mutants.filter(({ kind, before }) => kind === "removal" && before.startsWith("if ("));
    expect(guards.map(({ before, after }) => [before, after])).to.deep.equal([
      ["if (a == 7) revert Refused(a);", "{}"],
      ["if (b > 100) return (1, false);", "{}"],
    ]);
  });

  it("tells by the place of an error which change does not compile", async () => {
    const at = SOURCE.indexOf("a < b ?");
    const start = Buffer.byteLength(SOURCE.slice(0, at));
    const wrong = { start, end: start + 5, text: "a + b", number: 99 };
    const { source } = schemaOf(SOURCE, tree, [changes[0] as (typeof changes)[number], wrong]);
    const { errors } = await compile(taskOf({ [PATH]: source }));
    const told = errors.map((error) => [error.path, numberAt(source, error.start)]);
    expect(told).to.deep.equal([
      [PATH, 99],
      [PATH, 99],
    ]);
  });

  it("asks first the tests that found most in the same function, then in the same file", () => {
    const order = createOrder(ROOT);
    const path = "contracts/execution/Credits.sol";
    const first = (inside: string) => basename(order.testsOf([path], inside).quick[0]?.file ?? "");
    const likely = (inside: string) =>
      order.likelyOf(path, inside).map(({ file, only }) => [basename(file), only]);
    expect([first("_pay"), likely("_pay")]).to.deep.equal(["money.test.ts", []]);
    order.learn(path, "_pull", { file: "currency.test.ts", title: "fee" });
    order.learn(path, "_pull", { file: "currency.test.ts", title: "fee" });
    order.learn(path, "_pull", { file: "currency.test.ts", title: "short" });
    order.learn(path, "_pay", { file: "expire.test.ts", title: "end" });
    const files = ["_pay", "_pull", "_flush"].map(first);
    expect(files).to.deep.equal(["expire.test.ts", "currency.test.ts", "currency.test.ts"]);
    expect(likely("_pay")).to.deep.equal([["expire.test.ts", ["end"]]]);
    expect(likely("_pull")).to.deep.equal([["currency.test.ts", ["fee", "short"]]]);
    expect(likely("_flush")).to.deep.equal([
      ["currency.test.ts", ["fee", "short"]],
      ["expire.test.ts", ["end"]],
    ]);
  });

  it("keeps an earlier verdict while the function is as it was, whatever its comments and the others are", () => {
    const before = mutants.map((mutant): Result => {
      const { change: _, ...rest } = mutant;
      return { ...rest, outcome: "killed", by: "" };
    });
    /** Of which functions something is kept once the source is another. */
    const keptOf = (source: string, results = before) => {
      const changed = mutantsOf(PATH, source, treesOf(taskOf({ [PATH]: source }))[PATH]);
      return [...new Set(stillTrue(results, changed).map((result) => result.function))];
    };
    const all = ["", "ask", "_order", "_read"];
    expect(keptOf(SOURCE)).to.deep.equal(all);
    expect(keptOf(SOURCE.replace("uint256 step = 5;", "/* why */ uint256 step =\n 5; // so"))).to.deep.equal(
      all,
    );
    expect(keptOf(SOURCE.replace("step << 1", "step << 2"))).to.deep.equal(["", "_order", "_read"]);
    expect(keptOf(SOURCE.replace("_kept = 3", "_kept = 2")), "but for what stood in its place").to.deep.equal(
      all,
    );
    const undecided = before.map((result): Result => ({ ...result, outcome: "timed out" }));
    expect(keptOf(SOURCE, undecided)).to.deep.equal([]);
  });

  it("counts as survived what is not explained, and as without a verdict what ended in no test", () => {
    const result = (outcome: Result["outcome"], reason?: string): Result => {
      const { change: _, ...mutant } = mutants[0] as (typeof mutants)[number];
      return { ...mutant, outcome, by: "", ...(reason === undefined ? {} : { reason }) };
    };
    const results = [result("killed"), result("survived"), result("survived", "why"), result("timed out")];
    expect(tableOf(results).split("\n").at(-1)).to.equal("| all | 4 | 1 | 1 | 1 | 0 | 1 |");
  });
});
