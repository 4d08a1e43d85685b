import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { reputationRegistryAbi } from "@pleiad/sdk/abi/reputationRegistry";
import type { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import {
  type Abi,
  type Address,
  decodeFunctionData,
  encodeFunctionResult,
  getAddress,
  type Hex,
  numberToHex,
  zeroAddress,
} from "viem";
import type { ModelState } from "../../../../node/src/chain/state.ts";
import type { SubmissionRequest, SubmissionResult } from "../../../../node/src/chain/submitterTypes.ts";
import { createHeadCache } from "../../../../node/src/local/dashboard/headCache.ts";
import {
  CREDIT_CURRENCIES_MAX,
  FEEDBACK_IDS_MAX,
  REORGS_KEPT_MAX,
  VERSIONS_PAGE_MAX,
} from "../../../../node/src/local/dashboard/limits.ts";
import { createDoor } from "../../../../node/src/local/door.ts";
import {
  answered,
  clusterNamed,
  executionOf,
  OWNER,
  operatorToken,
  place,
  startWorld,
  type World,
} from "../../../dashboard/support/daemon.ts";

const HASH = `0x${"9".repeat(64)}` as const;
const NODE_CREDIT = { kind: "Node", id: "1", account: null, currency: zeroAddress };

describe("what the chain's views read", () => {
  let world: World;
  let token: string;
  let asked: string[];
  before(async () => {
    world = await startWorld();
    token = operatorToken(world);
  });
  beforeEach(() => {
    world.executions.length = 0;
    world.clusters.length = 0;
    asked = [];
  });
  after(() => world.close());

  async function get(path: string, body?: object) {
    const response = await fetch(world.url() + path, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  /** Has calls of the contracts answered by name. */
  function answer(abi: Abi, results: Readonly<Record<string, unknown>>): void {
    world.calls.answer = (_to, data): Hex => {
      const { functionName } = decodeFunctionData({ abi, data });
      asked.push(functionName);
      const result = results[functionName];
      if (result === undefined) return "0x";
      return encodeFunctionResult({ abi, functionName, result } as never);
    };
  }

  it("are found by a part of their number, name or address, and counted", async () => {
    for (const [id, name] of [
      [1n, "Notes"],
      [2n, "Letters"],
      [12n, "Plans"],
    ] as const)
      world.clusters.push(clusterNamed(id, name));
    const idsOf = async (q: string) =>
      ((await get(`/chain/clusters?q=${q}`)).body.clusters as readonly { cluster: string }[]).map(
        (one) => one.cluster,
      );
    expect(await idsOf("LETT")).to.deep.equal(["2"]);
    expect(await idsOf("1")).to.include.members(["12", "1"]);
    expect(await idsOf("nothing")).to.deep.equal([]);
    expect((await get("/chain/clusters?q=plan")).body.total).to.equal(1);
    expect((await get(`/chain/clusters?q=${"x".repeat(201)}`)).status).to.equal(400);
  });

  it("tell versions with their price and whether they take runs, and what could not be asked", async () => {
    const cluster = clusterNamed(1n, "Notes");
    const [first] = cluster.versions;
    if (first === undefined) throw new Error("no version");
    const versions = Array.from({ length: VERSIONS_PAGE_MAX + 2 }, (_, index) => ({
      ...first,
      version: BigInt(index + 1),
    }));
    world.clusters.push({ ...cluster, versions });
    answer(clusterRegistryAbi, { statusOf: 1 });
    const page = (await get("/chain/clusters/1/versions")).body as unknown as {
      versions: { version: string; status: string; quoteWei: string; publishedAt: string }[];
      next: string;
      total: number;
      error: null;
    };
    expect(page.versions.length).to.equal(VERSIONS_PAGE_MAX);
    expect(page.versions[0]).to.deep.include({
      version: "22",
      status: "Accepting",
      publishedAt: "1700000000",
    });
    expect([page.total, page.next, page.error]).to.deep.equal([22, "3", null]);
    const before = asked.length;
    await get("/chain/clusters/1/versions");
    // Until the next block the chain is not asked again.
    expect(asked.length).to.equal(before);
    expect((await get(`/chain/clusters/1/versions?limit=${VERSIONS_PAGE_MAX + 1}`)).status).to.equal(400);
    expect((await get("/chain/clusters/9/versions")).body.code).to.equal("CLUSTER_UNKNOWN");
  });

  it("tell what each transaction of a run cost, once for all that it carries, and how many are not to be had", async () => {
    world.executions.push(answered(1n));
    const { transactionHash, blockHash } = place(11n, 0n);
    world.receipts.set(transactionHash, {
      transactionHash,
      blockHash,
      blockNumber: 11n,
      status: "success",
      gasUsed: 90_000n,
      effectiveGasPriceWei: 2_000_000_000n,
    });
    // One that is said to be in another block is not the one that was followed.
    const ended = place(12n, 0n).transactionHash;
    world.receipts.set(ended, { ...world.receipts.get(transactionHash), blockHash: HASH } as never);
    const { body } = await get("/chain/executions/1/costs");
    expect(body).to.deep.equal({
      transactions: [
        { transactionHash, gasUsed: "90000", gasPriceWei: "2000000000", feeWei: "180000000000000" },
      ],
      missing: 2,
      error: null,
    });
    expect((await get("/chain/executions/77/costs")).status).to.equal(404);
  });

  it("tell single things with what is around them, and that a thing is not there", async () => {
    world.executions.push(answered(1n), executionOf(2n, { failures: new Map([[0, [1n]]]) }));
    const node = (await get("/chain/nodes/1")).body;
    expect(node).to.deep.include({ node: "1", isThis: true, registeredAt: "1700000000" });
    expect(node.seen).to.deep.include({ answered: 2, agreed: 0, failed: 1, executions: 2 });
    expect(node.bondError).to.be.a("string");
    expect((await get("/chain/models/1")).body).to.deep.include({ model: "1", agentsTotal: 1 });
    expect((await get("/chain/agents/0")).body).to.deep.include({ agent: "0", model: "1", cluster: "1" });
    for (const path of ["/chain/nodes/x", "/chain/models/-1"]) expect((await get(path)).status).to.equal(400);
  });

  it("tell what was said of agents, summed for a model, of a bounded number of them", async () => {
    answer(reputationRegistryAbi, { getPaidSummary: [4n, 87_500_000_000_000_000_000n, 18] });
    const { body } = await get("/chain/feedback?of=model&ids=1,5");
    expect(body.feedback).to.deep.equal([
      { id: "1", count: 4, mean: "87.5" },
      { id: "5", count: 0, mean: null },
    ]);
    expect(body).to.deep.include({ isKept: true, block: "12", error: null });
    const many = Array.from({ length: FEEDBACK_IDS_MAX + 1 }, (_, index) => index).join(",");
    expect((await get(`/chain/feedback?of=agent&ids=${many}`)).body.code).to.equal("API_REQUEST_INVALID");
    expect((await get("/chain/feedback?of=agent&ids=1;2")).status).to.equal(400);
  });

  it("tell what reorganisations took back, where it is now, and keep the last of them alone", async () => {
    world.executions.push(answered(1n));
    world.reorgs.before({ number: 10n, hash: HASH });
    // Taken back once, however often it is said; and what is not above it stays.
    world.reorgs.before({ number: 12n, hash: HASH });
    const [reorg] = (await get("/chain/finality")).body.reorganisations as unknown as [
      { depth: number; takenBack: object[] },
    ];
    expect(reorg.depth).to.equal(2);
    expect(reorg.takenBack).to.deep.equal([
      { execution: "1", kind: "accepted", task: 0, wasIn: "11", isIn: "11" },
      { execution: "1", kind: "accepted", task: 1, wasIn: "11", isIn: "11" },
      { execution: "1", kind: "ended", task: null, wasIn: "12", isIn: "12" },
    ]);
    const story = (await get("/chain/executions/1")).body.takenBack as unknown as {
      kind: string;
      isIn: string;
    }[];
    expect(story.map(({ kind, isIn }) => [kind, isIn])).to.deep.equal([
      ["accepted", "11"],
      ["accepted", "11"],
      ["ended", "12"],
    ]);
    world.executions.length = 0;
    const gone = await get("/chain/executions/1");
    expect([gone.status, gone.body.code]).to.deep.equal([404, "EXECUTION_TAKEN_BACK"]);
    for (let count = 0; count <= REORGS_KEPT_MAX; count += 1) world.reorgs.before({ number: 9n, hash: HASH });
    expect((await get("/chain/finality")).body.reorganisations).to.have.lengthOf(REORGS_KEPT_MAX);
  });

  it("have the daemon withdraw through its submitter, to the owner, once at a time, and remember it", async () => {
    answer(clusterExecutionsAbi, { creditOf: 5n });
    world.tell("block", 12n);
    const { credits } = (await get("/chain/credits")).body as unknown as {
      credits: { isDaemons: boolean }[];
    };
    expect(credits.every(({ isDaemons }) => isDaemons)).to.equal(true);
    const sent: SubmissionRequest[] = [];
    let finish: (result: SubmissionResult) => void = () => {};
    const begun = new Promise<void>((begin) => {
      world.submitter.submit = (request) => {
        sent.push(request);
        begin();
        return new Promise((resolve) => {
          finish = resolve;
        });
      };
    });
    const first = get("/chain/credits/withdraw", NODE_CREDIT);
    await begun;
    const second = await get("/chain/credits/withdraw", NODE_CREDIT);
    expect([second.status, second.body.code]).to.deep.equal([503, "SUBMISSION_NOT_YET"]);
    const { withdrawals } = (await get("/chain/credits")).body as unknown as {
      withdrawals: { state: string }[];
    };
    expect(withdrawals.map(({ state }) => state)).to.deep.equal(["sending"]);
    finish({ outcome: "accepted", nonce: 1, inclusion: { transactionHash: HASH } as never });
    expect((await first).body).to.deep.include({ state: "paid", transactionHash: HASH, amountWei: "5" });
    expect(sent.length).to.equal(1);
    expect(sent[0]).to.deep.include({ purpose: "withdraw", until: "mined" });
    const { args } = decodeFunctionData({ abi: clusterExecutionsAbi, data: sent[0]?.data ?? "0x" });
    expect(args).to.deep.equal([0, 1n, zeroAddress, getAddress(OWNER)]);
  });

  it("tell of another account's credits and of what it owns, none of which the daemon pays out", async () => {
    const other = `0x${"cd".repeat(20)}`;
    world.clusters.push(
      { ...clusterNamed(7n, "theirs"), owner: getAddress(other) },
      clusterNamed(8n, "ours"),
    );
    answer(clusterExecutionsAbi, { creditOf: 5n });
    world.tell("block", 13n);
    const { owners, credits } = (await get(`/chain/credits?of=${other}`)).body as unknown as {
      owners: string[];
      credits: { kind: string; id: string | null; account: string | null; isDaemons: boolean }[];
    };
    expect(owners).to.deep.equal([getAddress(other)]);
    const native = credits.filter((_, at) => at % (credits.length / 2) === 0);
    expect(native.map(({ kind, id, account, isDaemons }) => [kind, id ?? account, isDaemons])).to.deep.equal([
      ["Account", getAddress(other), false],
      ["Cluster", "7", false],
    ]);
    expect((await get("/chain/credits?of=0x1")).body.code).to.equal("API_REQUEST_INVALID");
  });

  it("look for credits in the currencies of the models by which one earns, however many strangers make", async () => {
    const modelOf = (model: bigint, owner: Address, currency: Address): ModelState => ({
      ...{ model, owner, currency, name: "", priceWei: 1n, nodeShareBps: 0 },
      ...{ open: true, places: [], lastLeftAt: 0n },
    });
    const currencyOf = (id: number) => getAddress(numberToHex(id, { size: 20 }));
    for (let id = 0; id < CREDIT_CURRENCIES_MAX; id += 1)
      world.moreModels.push(modelOf(BigInt(100 + id), currencyOf(7), currencyOf(1_000 + id)));
    world.moreModels.push(modelOf(200n, getAddress(OWNER), currencyOf(2_000)));
    answer(clusterExecutionsAbi, { creditOf: 5n });
    world.tell("block", 14n);
    const { credits } = (await get("/chain/credits")).body as unknown as { credits: { currency: string }[] };
    const currencies = new Set(credits.map(({ currency }) => currency));
    expect([...currencies].slice(0, 2)).to.deep.equal([zeroAddress, currencyOf(2_000)]);
    expect(currencies.size).to.equal(CREDIT_CURRENCIES_MAX);
    world.moreModels.length = 0;
  });

  it("withdraw nothing that is empty, another's, or wrongly named", async () => {
    answer(clusterExecutionsAbi, { creditOf: 0n });
    world.submitter.submit = async () => {
      throw new Error("nothing is to be sent");
    };
    const withdraw = (change: object) => get("/chain/credits/withdraw", { ...NODE_CREDIT, ...change });
    expect((await withdraw({})).body.code).to.equal("CREDIT_EMPTY");
    expect((await withdraw({ id: "9" })).body.code).to.equal("CREDIT_NOT_YOURS");
    expect((await withdraw({ kind: "Account", id: null, account: `0x${"bb".repeat(20)}` })).status).to.equal(
      403,
    );
    expect((await withdraw({ currency: "0x1" })).body.code).to.equal("API_REQUEST_INVALID");
    expect((await withdraw({ to: `0x${"bb".repeat(20)}` })).body.code).to.equal("API_REQUEST_INVALID");
  });
});

describe("answers that count until the next block", () => {
  it("are asked for once a block, however many ask, and again after a failure", async () => {
    let head = "a";
    let reads = 0;
    const cache = createHeadCache({ head: () => head, door: createDoor({ parallelMax: 1, waitingMax: 1 }) });
    const read = async () => {
      reads += 1;
      return reads;
    };
    expect(await Promise.all([cache.get("x", read), cache.get("x", read)])).to.deep.equal([1, 1]);
    head = "b";
    expect(await cache.get("x", read)).to.equal(2);
    cache.clear();
    expect(await cache.get("x", read)).to.equal(3);
    const failed = await cache
      .get("y", () => Promise.reject(new Error("away")))
      .catch((error: Error) => error.message);
    expect(failed).to.equal("away");
    expect(await cache.get("y", read)).to.equal(4);
    head = "c";
    const codeOf = (asked: Promise<unknown>) => asked.then(String, (error: PleiadError) => error.code);
    const asked = ["a", "b", "c"].map((key) => codeOf(cache.get(key, read)));
    expect(await Promise.all(asked)).to.deep.equal(["5", "6", "READS_TOO_MANY"]);
    expect(await codeOf(cache.get("c", read))).to.equal("7");
  });
});
