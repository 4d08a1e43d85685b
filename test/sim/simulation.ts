import { setTimeout as sleep } from "node:timers/promises";
import { stringToHex } from "viem";
import { type Agreement, waitForAgreement } from "./oracle/agreement.ts";
import { type ChainFold, foldChain } from "./oracle/chainFold.ts";
import { checkDaemons, checkStores } from "./oracle/daemons.ts";
import { checkProcesses, checkSecrets } from "./oracle/leftBehind.ts";
import { createRng } from "./rng.ts";
import { type PlannedFault, type PlannedRound, type Profile, planRounds } from "./schedule.ts";
import { planSetup } from "./setup.ts";
import { EXIT_RETRYABLE } from "./supervisor.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

/** What stands on the chain in place of an output that is had by its digest. */
const REFERENCE = stringToHex("pleiad:");
/** The first start of all daemons, on a busy machine. */
const FIRST_START_MS_MAX = 60_000;

export interface SimulationOptions extends Omit<WorldOptions, "setup"> {
  readonly profile: Profile;
  readonly seed: number;
  readonly rounds: number;
  /** Ends it after the round that it is in. */
  readonly signal?: AbortSignal;
}

export interface RoundResult {
  readonly round: number;
  readonly faults: readonly PlannedFault[];
  readonly agreement: Agreement;
  /** Everything that broke a promise. */
  readonly problems: readonly string[];
}

export interface SimulationResult {
  readonly rounds: readonly RoundResult[];
  /** Of the end, when everything was stopped. */
  readonly problems: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** From each start after a kill until the daemon follows the chain. Milliseconds. */
  readonly recoveriesMs: readonly number[];
  readonly folder: string;
  readonly seconds: number;
}

/** Runs rounds of faults and calm until they are over or one broke a promise. */
export async function simulate(
  options: SimulationOptions,
  modules: { readonly onRound?: (result: RoundResult) => void } = {},
): Promise<SimulationResult> {
  const beganAtMs = performance.now();
  const world = await startWorld({ ...options, setup: planSetup(options.profile.name, options.seed) });
  try {
    for (const { daemon } of world.operators) daemon.release();
    await firstStart(world);
    const rounds: RoundResult[] = [];
    const verified = new Set<string>();
    let fold: ChainFold = { executions: new Map(), problems: [] };
    for (const [index, plan] of planRounds(options.profile, options).entries()) {
      if (options.signal?.aborted === true) break;
      await disturb(world, options.profile, plan);
      const agreement = await waitForAgreement(world);
      fold = await foldChain(world, verified);
      const problems = [
        ...(agreement.isReached ? [] : agreement.lacking.map((what) => `no agreement: ${what}`)),
        ...fold.problems,
        ...(agreement.isReached ? await checkDaemons(world, fold) : []),
        ...(await world.audit.verdict()),
        ...unexpectedEnds(world),
        ...world.reported,
      ];
      const result = { round: index + 1, faults: plan.faults, agreement, problems };
      rounds.push(result);
      modules.onRound?.(result);
      if (problems.length > 0) break;
    }
    const isWhole = rounds.every(({ problems }) => problems.length === 0);
    const problems = isWhole ? await atTheEnd(world, fold) : [];
    countAll(world, fold);
    return {
      rounds,
      problems,
      counts: world.counts,
      recoveriesMs: world.recoveriesMs,
      folder: world.folder,
      seconds: (performance.now() - beganAtMs) / 1_000,
    };
  } finally {
    await world.stop();
  }
}

async function firstStart(world: World): Promise<void> {
  const giveUpAtMs = performance.now() + FIRST_START_MS_MAX;
  while (world.operators.some(({ daemon }) => daemon.client() === undefined)) {
    if (performance.now() > giveUpAtMs) throw new Error(`not all daemons started; see ${world.folder}`);
    await sleep(50);
  }
}

/** The fault phase: all faults and requests at their times; it ends when the last fault is lifted. */
async function disturb(world: World, { faults, outside = [] }: Profile, plan: PlannedRound): Promise<void> {
  const byName = new Map([...faults, ...outside].map((fault) => [fault.name, fault]));
  await Promise.all([
    ...plan.faults.map(async ({ atMs, lastsMs, fault: name, operator: index, seed }) => {
      await sleep(atMs);
      const operator = world.operators[index];
      const fault = byName.get(name);
      if (operator === undefined || fault === undefined) throw new Error(`the plan has ${name} of ${index}`);
      const lift = await fault.begin(world, { operator, lastsMs, rng: createRng(seed) });
      world.count(`fault ${name}`);
      await sleep(lastsMs);
      await lift();
    }),
    ...plan.requests.map(async ({ atMs, text, ...kind }) => {
      await sleep(atMs);
      await world.workload.request(text, kind);
    }),
  ]);
}

/** Daemons that ended for good without being meant to. */
function unexpectedEnds(world: World): string[] {
  const allowed = new Map(world.expectedEnds);
  return world.operators.flatMap(({ node, daemon }) =>
    daemon.ends.flatMap(({ code, exitCode }) => {
      // It says itself that another try may help, and was started again.
      if (exitCode === EXIT_RETRYABLE) return [];
      const left = allowed.get(code) ?? 0;
      if (left > 0) {
        allowed.set(code, left - 1);
        return [];
      }
      return [`the daemon of node ${node} ended with ${code} (exit code ${exitCode})`];
    }),
  );
}

/** Stops the daemons in order, and looks at what they leave. */
async function atTheEnd(world: World, fold: ChainFold): Promise<string[]> {
  const exits = await Promise.all(
    world.operators.map(async ({ node, daemon }) => ({ node, exitCode: await daemon.stop() })),
  );
  return [
    ...exits
      .filter(({ exitCode }) => exitCode !== 0)
      .map(({ node, exitCode }) => `the daemon of node ${node} stopped with exit code ${exitCode}`),
    ...(await checkProcesses(world)),
    ...checkSecrets(world, fold),
    ...(await checkStores(world, fold)),
    ...(await world.audit.verdict()),
  ];
}

function countAll(world: World, fold: ChainFold): void {
  const executions = [...fold.executions.values()];
  world.count("runs asked for", world.workload.asked());
  for (const [kind, runs] of world.workload.kinds()) world.count(kind, runs);
  const answers = executions.flatMap(({ accepted }) => [...accepted.values()]);
  world.count("answers on which nodes agreed", answers.filter(({ seconds }) => seconds.length > 0).length);
  world.count("answers by reference", answers.filter(({ output }) => output === REFERENCE).length);
  const signers = world.operators.flatMap(({ signer }) => signer?.requests ?? []);
  world.count(
    "signatures asked of the remote signer",
    signers.filter(({ method }) => method !== "eth_accounts").length,
  );
  const lies = world.operators.reduce((sum, { signer }) => sum + (signer?.lies() ?? 0), 0);
  if (lies > 0) world.count("lies that the remote signer signed", lies);
  world.count("runs succeeded", executions.filter(({ state }) => state === "Succeeded").length);
  world.count("completions accepted", answers.length);
  const { transactions, broadcasts, signatures } = world.audit.counts();
  world.count("transactions", transactions);
  world.count("broadcasts", broadcasts);
  world.count("signatures seen", signatures);
}
