import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { simulateGossip } from "./network/gossipModel.ts";
import { measureHop } from "./network/hopCost.ts";
import { measureHostile } from "./network/hostile.ts";
import { measureMany } from "./network/many.ts";
import { round } from "./network/setting.ts";

/**
 * `npm run bench:network [-- --only hostile,many,model] [--messages N] [--returns N] [--networks N] [--nodes N] [--seed N] [--json]`
 *
 * - `hostile`: a certified peer, in a process of its own, floods; is it banned, and how late are an honest peer's messages? Then it
 *   comes back under new peer ids.
 * - `many`: networks in this process; how long until each knows of all?
 * - `model`: a simulation of more nodes than this machine holds, with the mesh that is configured and the cost of a hop as
 *   measured here. Its figures are those of the model.
 */
const PARTS = ["hostile", "many", "model"] as const;
/** Bytes of a message of the model: an entry of the usual size, or a few. */
const MODEL_MESSAGE_BYTES = 1_024;
const MODEL_MESSAGES = 200;
const MODEL_MESSAGES_PER_SECOND = 20;
const MODEL_CONNECTIONS = 20;
/** Between machines of one continent, one way. */
const MODEL_LATENCY_MS = [5, 50] as const;
/** What is promised. */
const LATE_MS_MAX = 100;
const COMPLETE_MS_MAX = 10_000;

const { values } = parseArgs({
  options: {
    only: { type: "string", default: PARTS.join(",") },
    messages: { type: "string", default: "20000" },
    returns: { type: "string", default: "50" },
    networks: { type: "string", default: "50" },
    nodes: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const only = new Set(values.only.split(","));
for (const part of only) {
  if (!(PARTS as readonly string[]).includes(part))
    throw new Error(`--only ${values.only}: expected some of ${PARTS.join(", ")}`);
}
const seed = numberOf("seed", 0);
const say = (text: string) => {
  if (!values.json) console.log(text);
};

const machine = () => ({
  cores: availableParallelism(),
  load: round(loadavg()[0] ?? 0),
  node: process.version,
});
const figures: Record<string, unknown> = {
  command: `npm run bench:network -- ${process.argv.slice(2).join(" ")}`.trim(),
  before: machine(),
};
say(`${figures.command}`);
say(`machine: ${describe(machine())}`);
if (only.has("hostile")) await hostile();
if (only.has("many")) await many();
if (only.has("model")) await model();
figures.after = machine();
say(`\nmachine at the end: ${describe(machine())}`);
if (values.json) console.log(JSON.stringify(figures, undefined, 2));

async function hostile(): Promise<void> {
  const measured = await measureHostile(numberOf("messages", 1), numberOf("returns", 1));
  figures.hostile = measured;
  say(`\na certified peer floods up to ${values.messages} messages; an honest one says something each 10 ms`);
  for (const { flood, sent, banned, misdeeds, quiet, during, latestLateMs } of measured.floods) {
    say(
      `  ${flood.padEnd(10)} ${banned ? "banned" : "NOT BANNED"} after sending ${sent}; honest: ` +
        `quiet ${quiet.medianMs} ms (latest ${quiet.latestMs}), during ${during.medianMs} ms (latest ${during.latestMs}, ` +
        `${during.messages} messages); ${promised(latestLateMs, LATE_MS_MAX)} ms late at most; ${JSON.stringify(misdeeds)}`,
    );
  }
  const { times, msEach, cpuMsEach, latestLateMs } = measured.returns;
  say(
    `  ${times} returns of a banned node under new peer ids: ${msEach} ms and ${cpuMsEach} ms of processor each, ` +
      `the honest peer's messages and the waiting included; ${promised(latestLateMs, LATE_MS_MAX)} ms late at most`,
  );
}

async function many(): Promise<void> {
  const measured = await measureMany(numberOf("networks", 2), seed);
  figures.many = measured;
  say(
    `\n${measured.networks} networks in one process with ${measured.connections} connections: started in ${measured.startMs} ms, ` +
      `presence complete ${promised(measured.completeMs, COMPLETE_MS_MAX)} ms after the last`,
  );
}

async function model(): Promise<void> {
  const hopMs = await measureHop(MODEL_MESSAGE_BYTES);
  const options = {
    seed,
    nodes: numberOf("nodes", 2),
    connections: MODEL_CONNECTIONS,
    messages: MODEL_MESSAGES,
    messagesPerSecond: MODEL_MESSAGES_PER_SECOND,
    messageBytes: MODEL_MESSAGE_BYTES,
    latencyMs: MODEL_LATENCY_MS,
    hopMs,
  };
  const simulated = simulateGossip(options);
  figures.simulation = { options, ...simulated };
  say(
    `\nSIMULATION of ${options.nodes} nodes, seed ${seed}, not a measurement; only the cost of a hop is measured: ${hopMs} ms`,
  );
  say(
    `  ${options.messages} messages of ${options.messageBytes} bytes, ${options.messagesPerSecond} a second, ` +
      `${options.connections} connections each, ${options.latencyMs.join(" to ")} ms one way`,
  );
  say(
    `  delivered ${simulated.delivered} of ${simulated.expected}: median ${round(simulated.medianMs)} ms, ` +
      `p99 ${round(simulated.p99Ms)} ms, latest ${round(simulated.latestMs)} ms, at most ${simulated.hopsMost} hops`,
  );
  say(
    `  a node sends for each message ${round(simulated.copiesPerNode)} copies, ${round(simulated.controlFramesPerNode)} control ` +
      `frames and ${Math.round(simulated.bytesPerNode)} bytes`,
  );
}

function promised(figure: number, most: number): string {
  return figure < most ? `${figure}` : `${figure} (MORE THAN THE PROMISED ${most})`;
}

function describe({ cores, load, node }: ReturnType<typeof machine>): string {
  return `${cores} cores, load ${load}, Node ${node}`;
}

function numberOf(name: "messages" | "returns" | "networks" | "nodes" | "seed", least: number): number {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} ${values[name]}: expected a whole number from ${least}`);
}
