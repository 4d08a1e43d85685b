import { type ChildProcess, spawn } from "node:child_process";
import type { Stage } from "./stages.ts";

/** How a stage ended. */
export interface StageResult {
  readonly stage: Stage;
  readonly isOk: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly elapsedMs: number;
  /** What it said of its failures, or its last lines where it counts none; empty where it is ok. */
  readonly complaint: string;
}

/** Lines of a failed stage that are said once more at the end: the failures of a run, not the run. */
const COMPLAINT_LINES_MAX = 80;

export interface RunOptions {
  readonly places: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs stages beside each other, as many as there are places. What they print comes out whole, stage after stage: one
 * is shown while it runs, the others when they are over. After a failure none begins any more; those that run are
 * waited for, as they clean up behind themselves.
 *
 * A need that is not among the stages counts as met.
 */
export async function runStages(
  stages: readonly Stage[],
  options: RunOptions,
  print: (text: string) => void,
): Promise<readonly StageResult[]> {
  const waiting = [...stages];
  const running = new Map<Stage, Promise<StageResult>>();
  const results: StageResult[] = [];
  const stand = createStand(print);
  const isOpen = (name: string): boolean =>
    stages.some((stage) => stage.name === name) && !results.some(({ stage }) => stage.name === name);

  const begin = (): void => {
    for (const stage of [...waiting]) {
      const taken = [...running.keys()].reduce((sum, { places }) => sum + places, 0);
      const fits = taken + stage.places <= options.places || running.size === 0;
      if (!fits || stage.needs?.some(isOpen)) continue;
      waiting.splice(waiting.indexOf(stage), 1);
      running.set(stage, runStage(stage, options, stand.speaker()));
    }
  };

  begin();
  while (running.size > 0) {
    const result = await Promise.race(running.values());
    running.delete(result.stage);
    results.push(result);
    if (results.every(({ isOk }) => isOk)) begin();
  }
  if (waiting.length > 0 && results.every(({ isOk }) => isOk)) {
    throw new Error(`stages that need one another: ${waiting.map(({ name }) => name).join(", ")}`);
  }
  return results;
}

/** One of those who print: `say` is shown at once or kept until it is its turn; `end` gives the turn on. */
interface Speaker {
  say(text: string): void;
  end(): void;
}

/** Lets one speaker after the other be heard, in the order in which they came. */
function createStand(print: (text: string) => void): { speaker(): Speaker } {
  const queue: { kept: string; isOver: boolean }[] = [];
  const flush = (): void => {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (first.kept !== "") print(first.kept);
      first.kept = "";
      if (!first.isOver) return;
      queue.shift();
    }
  };
  return {
    speaker() {
      const own = { kept: "", isOver: false };
      queue.push(own);
      return {
        say(text) {
          own.kept += text;
          flush();
        },
        end() {
          own.isOver = true;
          flush();
        },
      };
    },
  };
}

/** Runs one stage and adds up what its runner counts. A check without a count is one. */
async function runStage(stage: Stage, { cwd, env }: RunOptions, speaker: Speaker): Promise<StageResult> {
  const startedAtMs = performance.now();
  const [command, ...args] = stage.command;
  const child = spawn(command as string, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      speaker.say(chunk);
    });
  }
  const isOk = await endOf(child).catch((error: Error) => {
    speaker.say(`${error.message}\n`);
    return false;
  });
  const passing = counted(text, "passing");
  const failing = counted(text, "failing");
  const result = {
    stage,
    isOk,
    passed: passing === 0 && isOk ? 1 : passing,
    failed: isOk ? failing : Math.max(failing, 1),
    elapsedMs: performance.now() - startedAtMs,
    complaint: isOk ? "" : complaintOf(text),
  };
  speaker.say(resultLine(result));
  speaker.end();
  return result;
}

/** From the runner's list of failures on; it stands behind everything that passed. */
function complaintOf(text: string): string {
  const listed = text.search(/^\s*\d+ failing/m);
  const lines = text.slice(Math.max(listed, 0)).trimEnd().split("\n");
  const shown = listed === -1 ? lines.slice(-COMPLAINT_LINES_MAX) : lines.slice(0, COMPLAINT_LINES_MAX);
  return shown.join("\n");
}

/** Adds up `12 passing (3s)` of each runner. Hardhat, which runs two, says the sum: `33 passing (12 mocha, 21 solidity)`. */
function counted(text: string, word: string): number {
  const numbers = (pattern: string) =>
    [...text.matchAll(new RegExp(pattern, "g"))].map((match) => Number(match[1]));
  const sums = numbers(`(\\d+) ${word} \\(\\d+ \\w+`);
  return (sums.length > 0 ? sums : numbers(`(\\d+) ${word}`)).reduce((sum, number) => sum + number, 0);
}

/** Whether it ended well; rejects if it could not be started. */
function endOf(child: ChildProcess): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  child.once("error", reject);
  child.once("close", (code) => resolve(code === 0));
  return promise;
}

function resultLine({ stage, isOk, passed, elapsedMs }: StageResult): string {
  const seconds = Math.round(elapsedMs / 1_000);
  return `${isOk ? "ok" : "FAILED"}  ${stage.name}  ${passed} passed  ${seconds} s\n\n`;
}
