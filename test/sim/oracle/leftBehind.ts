import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesToHex } from "viem";
import { privateKeyOf } from "../../../node/src/local/accounts.ts";
import { agentTags, type FoundProcess, processesOf } from "../../fixtures/processes.ts";
import { CANARY_PASSWORD } from "../operatorFolder.ts";
import { ACCOUNTS } from "../registry.ts";
import type { World } from "../world.ts";
import type { ChainFold } from "./chainFold.ts";

/** No agent may outlive its daemon by more (N7). Milliseconds. */
const OUTLIVES_MS_MAX = 5_000;
const LOOK_MS = 200;

/** Processes of the world's daemons and agents that go on living though no daemon does. */
export async function checkProcesses(world: World): Promise<string[]> {
  const tags = agentTags(world.folder);
  const giveUpAtMs = performance.now() + OUTLIVES_MS_MAX;
  let left: FoundProcess[] = processesOf(world.folder, tags);
  while (left.length > 0 && performance.now() < giveUpAtMs) {
    await sleep(LOOK_MS);
    left = processesOf(world.folder, tags);
  }
  return left.map(({ pid, command }) => `process ${pid} was left behind: ${command.slice(0, 200)}`);
}

/** Secrets of the operators in what stands on the chain for all to read, or in a log. */
export function checkSecrets(world: World, fold: ChainFold): string[] {
  const problems: string[] = [];
  for (const { index, daemon } of world.operators) {
    const secrets = [
      CANARY_PASSWORD,
      privateKeyOf(ACCOUNTS.nodeKey(index)).slice(2),
      readFileSync(join(daemon.folder, "api.token"), "utf8").trim(),
    ];
    const log = readFileSync(`${daemon.folder}.log`, "utf8");
    if (secrets.some((secret) => log.includes(secret)))
      problems.push(`a secret of operator ${index} is in its log`);
    for (const [digest, bytes] of world.blobs) {
      if (secrets.some((secret) => Buffer.from(bytes).includes(secret)))
        problems.push(`a secret of operator ${index} is in what ${digest} is the digest of`);
    }
    const inHex = secrets.map((secret) => bytesToHex(Buffer.from(secret)).slice(2));
    for (const { execution, accepted } of fold.executions.values()) {
      for (const [task, { output }] of accepted) {
        if (inHex.some((secret) => output.includes(secret))) {
          problems.push(
            `a secret of operator ${index} is in the answer to task ${task} of execution ${execution}`,
          );
        }
      }
    }
  }
  return problems;
}
