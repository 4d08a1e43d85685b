/**
 * The measured daemon: its API over a made-up chain with a block a second. Tells its parent `{address}`; is told `{tell}`, of which it
 * then knows as a new execution, `cpu`, and `stop`.
 */
import { answered, clusterNamed, executionOf, startWorld } from "../../test/dashboard/support/daemon.ts";

const CLUSTERS = 20;
const EXECUTIONS = 100;
const BLOCK_MS = 1_000;

const world = await startWorld();
for (let id = 1; id <= CLUSTERS; id += 1) world.clusters.push(clusterNamed(BigInt(id), `cluster ${id}`));
for (let id = 1; id <= EXECUTIONS; id += 1)
  world.executions.push(id % 10 === 0 ? executionOf(BigInt(id)) : answered(BigInt(id)));
let block = 13n;
const blocks = setInterval(() => {
  world.tell("block", block);
  block += 1n;
}, BLOCK_MS);
process.on("message", async (message: "cpu" | "stop" | { readonly tell: number }) => {
  if (message === "cpu") {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000 });
  } else if (message === "stop") {
    clearInterval(blocks);
    await world.close();
    process.disconnect();
  } else {
    world.executions.push(executionOf(BigInt(message.tell)));
    world.tell("execution", BigInt(message.tell));
    process.send?.({ toldAtMs: Date.now() });
  }
});
process.send?.({ address: await world.address("view") });
