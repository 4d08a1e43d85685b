import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { execute } from "@pleiad/sdk/actions/execute";
import { keccak256, stringToHex } from "viem";
import { clientFor } from "../node/src/local/registry.ts";
import { createBareLoop } from "./latency/bareLoop.ts";
import { type LatencyNetwork, startLatencyNetwork } from "./latency/network.ts";
import { createObserver, type Observer, type SeenBlock } from "./latency/observer.ts";
import { createTrace, PART_MEANINGS, PARTS, type Part } from "./latency/trace.ts";

/**
 * `npm run bench:latency [-- --runs N] [--json]`: how long a run of three tasks takes from the block of its request to
 * the block of its response, with a model that answers at once: by three daemons, and by a loop of calls that makes
 * the same three submissions one after the other. On a chain that mines on demand, and on one with 2-second blocks.
 *
 * The two take turns, so that whatever else the machine does falls on both. What favours which of them: `FAIRNESS`.
 */
const RUNS_DEFAULT = 20;
const BLOCK_SECONDS = 2;
/** Runs that warm up code, connections and caches before the first one that counts. */
const WARM_UP_RUNS = 2;
/** A run that takes longer went wrong. Milliseconds. */
const RUN_TIMEOUT_MS = 30_000;
const FAIRNESS = [
  "for the loop: it knows that the execution is there, whose turn it is and what each answer is bound to; it keeps nothing",
  "  on the disk, tells no peers, checks no signature, and could not go on after a crash",
  "for the loop, where blocks come on demand: its first question for a receipt mostly finds one, so it hardly ever waits",
  "against the loop: the daemons follow its blocks in the same process, which take time from it",
  "against the daemons: all three share one process and one thread, where operators have a machine each",
];
const INPUT = "What does a lighthouse keeper do all day?";

interface Run {
  /** Between the moments at which the two blocks were seen. */
  readonly wallMs: number;
  /** Between the two blocks' own times. */
  readonly chainSeconds: number;
  readonly blocks: number;
  readonly parts?: Readonly<Record<Part, number>>;
}

interface Figures {
  readonly daemons: Summary & { readonly partsMs: Readonly<Record<Part, number>> };
  readonly bareLoop: Summary;
  /** The loop's time to the daemons'; above 1 the daemons are faster. */
  readonly ratio: number;
  /** Runnable tasks of the machine, on average over the last minute, when it ended. */
  readonly machineLoad: number;
}

interface Summary {
  readonly medianMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  readonly medianChainSeconds: number;
  readonly medianBlocks: number;
}

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: String(RUNS_DEFAULT) },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs ${values.runs}: expected a whole number from 1`);
const say = (text: string) => {
  if (!values.json) console.log(text);
};
await main();

async function main(): Promise<void> {
  const trace = createTrace();
  const network = await startLatencyNetwork(say, { trace });
  const observer = await createObserver(network.rpcUrl, network.registry.deployment.clusterExecutions);
  // Ctrl-C leaves nothing behind either.
  const interrupted = () => void close(network, observer).then(() => process.exit(130));
  process.once("SIGINT", interrupted);
  try {
    const bare = createBareLoop(network);
    const once = async (cluster: bigint): Promise<{ execution: bigint; request: SeenBlock }> => {
      const { execution, blockNumber } = await execute(
        clientFor(network.rpcUrl, network.accounts.requester),
        {
          deployment: network.registry.deployment,
          cluster,
          input: INPUT,
        },
      );
      return { execution, request: await observer.block(blockNumber) };
    };
    const byDaemons = async (): Promise<Run> => {
      trace.clear();
      const { execution, request } = await once(network.cluster);
      const response = await observer.response(execution);
      const parts = trace.parts(execution, 3, request.seenAtMs, response.seenAtMs);
      if (parts === undefined) throw new Error(`execution ${execution} did not go the straight way`);
      return { ...between(request, response), parts };
    };
    const byHand = async (): Promise<Run> => {
      const { execution, request } = await once(network.bareCluster);
      await bare.run(execution, keccak256(stringToHex(INPUT)));
      return between(request, await observer.response(execution));
    };
    const measure = async (blockSeconds: number | undefined): Promise<Figures> => {
      await network.mine({ blockSeconds });
      const daemons: Run[] = [];
      const loop: Run[] = [];
      for (let i = -WARM_UP_RUNS; i < runs; i++) {
        const [one, other] = [await inTime(byDaemons()), await inTime(byHand())];
        if (i < 0) continue;
        daemons.push(one);
        loop.push(other);
      }
      return figuresOf(daemons, loop);
    };
    const onDemand = await measure(undefined);
    print("a chain that mines on demand", onDemand);
    const everyTwoSeconds = await measure(BLOCK_SECONDS);
    print(`a chain with a block every ${BLOCK_SECONDS} s`, everyTwoSeconds);
    if (values.json) {
      const { pollIntervalMs } = network;
      const cores = availableParallelism();
      console.log(JSON.stringify({ runs, pollIntervalMs, cores, onDemand, everyTwoSeconds }, undefined, 2));
    } else {
      say("\nparts:");
      for (const part of PARTS) say(`  ${part.padEnd(9)} ${PART_MEANINGS[part]}`);
      say("\nfairness:");
      for (const line of FAIRNESS) say(`  ${line}`);
      say(
        `\nmedians of ${runs} runs each; both poll every ${network.pollIntervalMs} ms (viem's own default is 4,000), ` +
          "and the daemons hear of new blocks over a WebSocket besides",
      );
    }
  } finally {
    process.off("SIGINT", interrupted);
    await close(network, observer);
  }
}

async function close(network: LatencyNetwork, observer: Observer): Promise<void> {
  await observer.stop();
  await network.stop();
}

async function inTime<T>(run: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`a run took more than ${RUN_TIMEOUT_MS} ms`)),
    RUN_TIMEOUT_MS,
  );
  return Promise.race([run, late.promise]).finally(() => clearTimeout(timer));
}

function between(request: SeenBlock, response: SeenBlock): Run {
  return {
    wallMs: response.seenAtMs - request.seenAtMs,
    chainSeconds: Number(response.timestamp - request.timestamp),
    blocks: Number(response.number - request.number),
  };
}

function figuresOf(daemons: readonly Run[], loop: readonly Run[]): Figures {
  const partsMs = Object.fromEntries(
    PARTS.map((part) => [part, round(median(daemons.map(({ parts }) => parts?.[part] ?? 0)))]),
  ) as Record<Part, number>;
  const [one, other] = [summaryOf(daemons), summaryOf(loop)];
  const ratio = Math.round((100 * other.medianMs) / one.medianMs) / 100;
  return { daemons: { ...one, partsMs }, bareLoop: other, ratio, machineLoad: round(loadavg()[0] ?? 0) };
}

function summaryOf(all: readonly Run[]): Summary {
  const walls = all.map(({ wallMs }) => wallMs);
  return {
    medianMs: round(median(walls)),
    lowestMs: round(Math.min(...walls)),
    highestMs: round(Math.max(...walls)),
    medianChainSeconds: median(all.map(({ chainSeconds }) => chainSeconds)),
    medianBlocks: median(all.map(({ blocks }) => blocks)),
  };
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0];
  return (low + high) / 2;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function print(title: string, { daemons, bareLoop, ratio, machineLoad }: Figures): void {
  const row = (name: string, { medianMs, lowestMs, highestMs, medianBlocks, medianChainSeconds }: Summary) =>
    `  ${name.padEnd(14)} ${String(medianMs).padStart(8)} ms  (${lowestMs} to ${highestMs})  ` +
    `${medianBlocks} blocks, ${medianChainSeconds} s of block time`;
  say(`\n${title}`);
  say(row("three daemons", daemons));
  say(row("bare loop", bareLoop));
  say(
    `  loop : daemons ${String(ratio).padStart(8)}     (load ${machineLoad} on ${availableParallelism()} cores)`,
  );
  say(`  parts          ${PARTS.map((part) => `${part} ${daemons.partsMs[part]} ms`).join(", ")}`);
}
