import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { CONTRACT_NAMES, type Deployment, parseDeployment } from "@pleiad/sdk/types/deployment";
import { pino } from "pino";
import { concatHex, encodeFunctionData, type Hex, numberToHex, pad, zeroAddress } from "viem";
import { createFollower } from "../node/src/chain/follower.ts";
import { createProjection } from "../node/src/chain/projection.ts";
import { createRpc } from "../node/src/chain/rpc.ts";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../node/src/local/nodeProcess.mjs";
import { openStore } from "../node/src/store/open.ts";
import { accountOf, deployAll, startChain } from "../test/fixtures/chain.ts";

/**
 * `node scripts/bench-catchup.ts [--json]`: how fast a daemon's follower, with its checks, its fold and its store on
 * disk, catches up with 100,000 logs of the contracts, beside a loop that asks the same endpoint for the same logs by
 * `eth_getLogs`, parses the JSON and does nothing with it; and how much memory that takes. Each measurement is a process
 * of its own, with a daemon's flags; they take turns, and the median of the rounds' ratios counts.
 */
const LOGS = 100_000;
const LOGS_PER_BLOCK = 100;
/** Blocks that one request of the bare loop asks for: it may use whichever is best for it. */
const BARE_SPANS = [10, 50, 200];
const ROUNDS = 5;
/** What the follower's speed is to reach, in bare loops. */
const RATIO_MIN = 0.8;
/** From here on memory is to stay. */
const LOGS_FIRST = 1_000;
/** Time counts from here on, for both: by then their code is compiled. */
const LOGS_WARM = 10_000;
const GROWTH_BYTES_MAX = 20 * 1024 * 1024;
const FINAL_DEPTH = 8;
const RECEIPT_POLL_MS = 2;

/**
 * Calls an address, again and again: `target, count, payload`. A dozen instructions by hand, so that nothing has to be
 * compiled: it makes many of the registry's own events in one transaction.
 */
const REPEATER: Hex =
  "0x60278060095f395ff36040360380604 05f3760203 55b5f5f835f5f5f355af115602357600190038060 0c57005b5f5ffd".replaceAll(
    " ",
    "",
  ) as Hex;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    child: { type: "string" },
    url: { type: "string" },
    deployment: { type: "string" },
    span: { type: "string" },
    last: { type: "string" },
  },
});
const say = (text: string) => {
  if (!values.json) console.log(text);
};

interface Receipt {
  readonly contractAddress: Hex;
  readonly status: Hex;
  readonly blockNumber: Hex;
}

interface Measured {
  /** From `LOGS_WARM` on, and how many came in that time. */
  readonly ms: number;
  /** Processor time of the process in that time, all its threads together. */
  readonly cpuMs: number;
  readonly timedLogs: number;
  readonly logs: number;
  readonly firstBytes: number;
  readonly mostBytes: number;
}

if (values.child === undefined) await main();
else await child(values.child);

async function main(): Promise<void> {
  const chain = await startChain({ extraArguments: ["--gas-limit", "1000000000"] });
  try {
    say(`making ${LOGS} logs, ${LOGS_PER_BLOCK} in each block`);
    const { deployment, last } = await makeLogs(chain.rpcUrl, await deployAll(chain));
    const run = (kind: string, span = 0) =>
      measure(kind, [
        "--url",
        chain.rpcUrl,
        "--deployment",
        JSON.stringify(deployment, replacer),
        "--last",
        String(last),
        "--span",
        String(span),
      ]);
    const tries = [];
    for (const span of BARE_SPANS) tries.push({ span, speed: speedOf(await run("bare", span)) });
    const { span } = tries.reduce((best, tried) => (tried.speed > best.speed ? tried : best));
    const bare: Measured[] = [];
    const followed: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await run("bare", span));
      followed.push(await run("follower"));
    }
    for (const { logs } of [...bare, ...followed])
      if (logs !== LOGS) throw new Error(`${logs} logs were read instead of ${LOGS}`);
    const bareSpeed = median(bare.map(speedOf));
    const followerSpeed = median(followed.map(speedOf));
    // Round by round: a machine that is busy with other things changes from one to the next.
    const ratios = bare.map((one, round) => speedOf(followed[round] ?? one) / speedOf(one));
    const ratio = Math.round(100 * median(ratios)) / 100;
    const growthBytes = Math.max(...followed.map(({ firstBytes, mostBytes }) => mostBytes - firstBytes));
    if (values.json) {
      const figures = {
        logs: LOGS,
        bareSpeed,
        bareSpan: span,
        followerSpeed,
        ratio,
        growthBytes,
        bare,
        followed,
      };
      console.log(JSON.stringify(figures, undefined, 2));
    } else {
      say(
        `eth_getLogs alone    ${listOf(bare)} logs a second, median ${bareSpeed} (${span} blocks a request)`,
      );
      say(`the follower         ${listOf(followed)} logs a second, median ${followerSpeed}`);
      say(
        `ratio                ${ratio}, at least ${RATIO_MIN} (${ratios.map((each) => each.toFixed(2)).join(", ")})`,
      );
      say(
        `memory from ${LOGS_FIRST} to ${LOGS} logs: ${megabytes(growthBytes)} more at most (${followed.map(({ firstBytes, mostBytes }) => `${megabytes(firstBytes)} to ${megabytes(mostBytes)}`).join(", ")}), allowed ${megabytes(GROWTH_BYTES_MAX)}`,
      );
    }
    if (ratio < RATIO_MIN || growthBytes > GROWTH_BYTES_MAX) process.exitCode = 1;
  } finally {
    await chain.stop();
  }
}

/** A model whose terms are set again and again: real events, and nothing that grows with them. */
async function makeLogs(url: string, deployment: Deployment) {
  const from = accountOf(0).address;
  const send = async (transaction: Readonly<Record<string, unknown>>) => {
    const hash = await rpc(url, "eth_sendTransaction", [{ from, ...transaction }]);
    for (;;) {
      const receipt = (await rpc(url, "eth_getTransactionReceipt", [hash])) as Receipt | null;
      if (receipt !== null) return receipt;
      await sleep(RECEIPT_POLL_MS);
    }
  };
  const { contractAddress: repeater } = await send({ data: REPEATER });
  const call = async (count: number, payload: Hex) => {
    const data = concatHex([pad(deployment.modelRegistry), numberToHex(count, { size: 32 }), payload]);
    const receipt = await send({ to: repeater, data, gas: "0x5f5e100" });
    if (receipt.status !== "0x1") throw new Error("a call of the repeater reverted");
    return BigInt(receipt.blockNumber);
  };
  const terms = { currency: zeroAddress, priceWei: 1n, nodeShareBps: 1, open: true };
  const registered = await call(
    1,
    encodeFunctionData({ abi: modelRegistryAbi, functionName: "register", args: ["bench", terms] }),
  );
  let last = registered;
  for (let made = 0; made < LOGS; made += LOGS_PER_BLOCK) {
    const args = [1n, { ...terms, priceWei: BigInt(made + 1) }] as const;
    last = await call(
      LOGS_PER_BLOCK,
      encodeFunctionData({ abi: modelRegistryAbi, functionName: "setTerms", args }),
    );
  }
  // From the first block that holds them, so that nothing else is counted; and deep enough to be final.
  await rpc(url, "anvil_mine", [numberToHex(FINAL_DEPTH + 1)]);
  return { deployment: { ...deployment, fromBlock: registered + 1n }, last };
}

async function measure(kind: string, args: readonly string[]): Promise<Measured> {
  const started = spawn(process.execPath, [...DAEMON_FLAGS, import.meta.filename, "--child", kind, ...args], {
    env: { ...process.env, ...DAEMON_ENVIRONMENT },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  started.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = await once(started, "close");
  if (code !== 0) throw new Error(`measuring ${kind} ended with ${code}`);
  return JSON.parse(Buffer.concat(chunks).toString()) as Measured;
}

async function child(kind: string): Promise<void> {
  const { url = "", deployment: text = "", last = "", span = "" } = values;
  const deployment = parseDeployment(text);
  const measured =
    kind === "bare"
      ? await bareLoop(url, deployment, BigInt(last), BigInt(span))
      : await follow(url, deployment);
  console.log(JSON.stringify(measured));
}

async function bareLoop(url: string, deployment: Deployment, last: bigint, span: bigint): Promise<Measured> {
  const address = CONTRACT_NAMES.map((name) => deployment[name]);
  await rpc(url, "eth_blockNumber", []);
  const counts = counter();
  for (let from = deployment.fromBlock; from <= last; from += span) {
    const filter = { fromBlock: numberToHex(from), toBlock: numberToHex(from + span - 1n), address };
    counts.add(((await rpc(url, "eth_getLogs", [filter])) as unknown[]).length);
  }
  return counts.measured();
}

async function follow(url: string, deployment: Deployment): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-catchup-"));
  const logger = pino({ level: "warn" });
  const options = {
    dataFolder: folder,
    chainId: deployment.chainId,
    contract: deployment.clusterExecutions,
    blobBytesTotalMax: 2 ** 30,
  };
  const store = await openStore(options, { logger });
  const chain = createRpc({ urls: [url], chainId: deployment.chainId }, { logger });
  await chain.blockByNumber("latest");
  const projection = createProjection();
  const counts = counter();
  const follower = createFollower(
    { deployment, finalDepth: FINAL_DEPTH },
    {
      rpc: chain,
      cursor: store.cursor,
      logger,
      handler: {
        apply(block, events) {
          projection.apply(block, events);
          counts.add(events.length);
        },
        rollback: (target) => projection.rollback(target),
      },
    },
  );
  await follower.start();
  await follower.caughtUp();
  const measured = counts.measured();
  await follower.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return measured;
}

/** Counts logs, and looks at time and memory. */
function counter() {
  let startedAtMs = 0;
  let usedAtStart = process.cpuUsage();
  let warm = 0;
  let logs = 0;
  let lookedAt = 0;
  let firstBytes = 0;
  let mostBytes = 0;
  return {
    add(count: number) {
      logs += count;
      if (warm === 0 && logs >= LOGS_WARM) {
        warm = logs;
        startedAtMs = performance.now();
        usedAtStart = process.cpuUsage();
      }
      if (logs - lookedAt < LOGS_FIRST) return;
      lookedAt = logs;
      const bytes = process.memoryUsage.rss();
      if (firstBytes === 0) firstBytes = bytes;
      mostBytes = Math.max(mostBytes, bytes);
    },
    measured(): Measured {
      const { user, system } = process.cpuUsage(usedAtStart);
      return {
        ms: Math.round(performance.now() - startedAtMs),
        cpuMs: Math.round((user + system) / 1_000),
        timedLogs: logs - warm,
        logs,
        firstBytes,
        mostBytes,
      };
    },
  };
}

/** One request by Node's own client, its answer parsed and not looked at. */
function rpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: "POST", headers: { "content-type": "application/json" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { result, error } = JSON.parse(Buffer.concat(chunks).toString()) as {
            result?: unknown;
            error?: { message: string };
          };
          if (error === undefined) resolve(result);
          else reject(new Error(`${method}: ${error.message}`));
        });
      },
    );
    asked.on("error", reject).end(body);
  });
}

function replacer(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

/** Logs a second. */
function speedOf({ timedLogs, ms }: Measured): number {
  return Math.round((timedLogs * 1_000) / ms);
}

function listOf(all: readonly Measured[]): string {
  return all.map(speedOf).join(", ");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
