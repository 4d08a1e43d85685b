import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { stringToBytes } from "viem";
import { loadConfig } from "../node/src/config/load.ts";
import { startDaemon } from "../node/src/local/daemon.ts";
import { configPath } from "../node/src/local/operators.ts";
import type { Answerer } from "../node/src/work/ports.ts";
import { submitDirectly } from "./throughput/directLoop.ts";
import { type BenchCluster, type Setting, startSetting } from "./throughput/setting.ts";
import { type Settled, untilSettled } from "./throughput/settled.ts";

/**
 * `npm run bench:throughput [-- --executions N] [--block-gas N] [--json]`: completions settled a second while many
 * executions of three tasks wait, by one daemon, and by a loop that submits each completion in a transaction of its own
 * and pipelines its nonces. On one chain, with the same one-second blocks, one after the other; a model answers at once.
 */
const EXECUTIONS_DEFAULT = 1_000;
/**
 * Gas of a block. So much that the chain and not this machine is the limit of both sides: at 95,000 gas the loop has 63
 * completions in a block.
 */
const BLOCK_GAS_DEFAULT = 6_000_000;
/** No completion for so long means that something went wrong. Milliseconds. */
const IDLE_MS = 60_000;
const LOG_LEVEL = process.env.PLEIAD_BENCH_LOG ?? "silent";
const FAIRNESS = [
  "for the loop: it knows every answer and what it is bound to, keeps nothing on the disk, asks and checks nothing",
  "against the daemon: it asks a model for each task, journals each step, simulates each transaction and follows each block",
];

const { values } = parseArgs({
  options: {
    executions: { type: "string", default: String(EXECUTIONS_DEFAULT) },
    "block-gas": { type: "string", default: String(BLOCK_GAS_DEFAULT) },
    json: { type: "boolean", default: false },
  },
});
const executions = positive("executions", values.executions);
const blockGas = BigInt(positive("block-gas", values["block-gas"]));
const say = (text: string) => {
  if (!values.json) console.log(text);
};
await main();

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new Error(`--${name} ${text}: expected a whole number from 1`);
}

async function main(): Promise<void> {
  const setting = await startSetting(say);
  // Ctrl-C leaves nothing behind either.
  process.once("SIGINT", () => void setting.stop().then(() => process.exit(130)));
  try {
    const mine = await setting.publishFor("alcyone", "by-a-daemon");
    const theirs = await setting.publishFor("electra", "by-a-loop");
    say(`requesting ${executions} executions of three tasks for each side …`);
    const forDaemon = await setting.request(mine, executions);
    const forLoop = await setting.request(theirs, executions);
    await setting.mine(blockGas);
    const daemon = await byDaemon(setting, mine, forDaemon);
    await setting.mine(blockGas);
    const loop = await byLoop(setting, theirs, forLoop);
    report(daemon, loop);
  } finally {
    await setting.stop();
  }
}

async function byDaemon(setting: Setting, cluster: BenchCluster, ids: readonly bigint[]): Promise<Settled> {
  const { layout, registry } = setting;
  const config = await loadConfig(configPath(layout, "alcyone"));
  const password = readFileSync(join(layout.operatorFolder("alcyone"), "password"), "utf8").trim();
  const answerer: Answerer = {
    canAnswer: (model) => model === cluster.model,
    answer: async ({ task }) => stringToBytes(`answer to ${task.name}`),
  };
  const settled = untilSettled(setting.rpcUrl, registry.deployment.clusterExecutions, wanted(ids));
  settled.catch(() => undefined);
  const daemon = await startDaemon({ config, password }, { logger: pino({ level: LOG_LEVEL }), answerer });
  try {
    return await settled;
  } finally {
    await daemon.stop();
  }
}

async function byLoop(setting: Setting, cluster: BenchCluster, ids: readonly bigint[]): Promise<Settled> {
  const settled = untilSettled(setting.rpcUrl, setting.registry.deployment.clusterExecutions, wanted(ids));
  settled.catch(() => undefined);
  await submitDirectly(setting, "electra", cluster, ids);
  return settled;
}

function wanted(ids: readonly bigint[]) {
  return { executions: ids, completions: 3 * ids.length, idleMs: IDLE_MS };
}

function asNumbers(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** Both sides have the blocks that were asked for, or the figures compare nothing. */
function requireSameBlocks(...sides: readonly Settled[]): void {
  for (const { blockGas: found } of sides)
    if (found !== blockGas) throw new Error(`blocks held ${found} gas, not the ${blockGas} asked for`);
}

function report(daemon: Settled, loop: Settled): void {
  requireSameBlocks(daemon, loop);
  const ratio = daemon.perSecond / loop.perSecond;
  const machineLoad = loadavg()[0] ?? 0;
  if (values.json) {
    console.log(JSON.stringify({ executions, blockGas, daemon, loop, ratio, machineLoad }, asNumbers));
    return;
  }
  say(`\n${executions} executions of three tasks for each, blocks of ${blockGas} gas every second\n`);
  say("| | completions a second | transactions | blocks | gas each |\n|---|---:|---:|---:|---:|");
  for (const [name, side] of [
    ["one daemon", daemon],
    ["direct submissions, nonces pipelined", loop],
  ] as const) {
    const { perSecond, transactions, blocks, gasPerCompletion } = side;
    say(
      `| ${name} | ${perSecond.toFixed(1)} | ${transactions} | ${blocks} | ${Math.round(gasPerCompletion)} |`,
    );
  }
  say(`\nratio ${ratio.toFixed(2)}; ${availableParallelism()} cores, load ${machineLoad.toFixed(1)}`);
  for (const line of FAIRNESS) say(`- ${line}`);
}
