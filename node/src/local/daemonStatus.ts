import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { aboutSandbox, notKeptBy, type Sandbox } from "../agents/sandbox/sandbox.ts";
import type { Readiness } from "../api/server.ts";
import type { EndpointHealth } from "../chain/endpoints.ts";
import {
  ENDED_JOB_STATES,
  type EndedJobState,
  type JobState,
  type Journal,
  LIVE_JOB_STATES,
} from "../chain/journal.ts";
import type { Submitter } from "../chain/submitterTypes.ts";
import type { Network } from "../network/types.ts";
import type { Engine } from "../work/engine.ts";
import type { LoggedError } from "./daemonLog.ts";
import type { MoneyRead } from "./moneyWatch.ts";
import type { FollowedChain } from "./wiring/followChain.ts";

/** Jobs of the journal that are not over, by state. */
export type LiveJobs = Readonly<Record<(typeof LIVE_JOB_STATES)[number], number>>;
/** Jobs that ended since the start. */
export type EndedJobs = Readonly<Record<EndedJobState, number>>;

/** What `GET /status` answers with, and `pleiad node status` shows. */
export interface DaemonStatus {
  readonly node: bigint;
  readonly version: string;
  readonly pid: number;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly ready: Readiness;
  readonly chain: {
    readonly state: string;
    readonly head: { readonly number: bigint; readonly hash: string; readonly timestamp: bigint } | null;
    readonly newest: bigint | null;
    readonly lagBlocks: number;
    /** Since the timestamp of the head. */
    readonly headAgeSeconds: number | null;
    readonly error: { readonly code: string; readonly message: string } | null;
    /** Whether a WebSocket tells of new blocks; null where none is configured. */
    readonly hinted: boolean | null;
    /** The endpoints of `chain.rpcUrls`, in their order. */
    readonly endpoints: readonly {
      readonly name: string;
      readonly state: EndpointHealth["state"];
      readonly lagBlocks: number;
      readonly latencyMs: number | null;
      readonly error: { readonly code: string; readonly message: string } | null;
    }[];
    /** What endpoints contradict each other over, while none has a majority. */
    readonly contradiction: { readonly code: string; readonly message: string } | null;
  };
  readonly account: {
    readonly address: Address;
    /** Null where the chain could not be asked. */
    readonly nonce: number | null;
    readonly balanceWei: bigint | null;
    readonly readAtMs: number | null;
    /** Signed, and not mined. */
    readonly inFlight: number;
    readonly waiting: number;
    /** What transactions of the chain's last day cost, or may cost at most. */
    readonly spentWei: bigint;
    /** What they may cost together; null where there is no limit. */
    readonly spendingLimitWei: bigint | null;
    /** What keeps transactions from being mined now. */
    readonly alert: { readonly code: string; readonly message: string } | null;
  };
  /** What the node has earned and nobody has withdrawn; null where the chain could not be asked. */
  readonly earnings: readonly { readonly currency: Address; readonly amount: bigint }[] | null;
  readonly peers: readonly unknown[];
  readonly nodesUp: readonly unknown[];
  readonly peerAddresses: readonly string[];
  readonly activeJobs: number;
  /** Tasks that wait for a place. */
  readonly waitingJobs: number;
  /** How many jobs run at once now. */
  readonly places: number;
  /** Whether it takes up nothing new, as it is being drained. */
  readonly draining: boolean;
  readonly jobs: { readonly live: LiveJobs; readonly ended: EndedJobs };
  readonly models: readonly bigint[];
  /** What keeps agents' programs from the rest of this machine, and what they reach all the same. */
  readonly sandbox: { readonly about: string; readonly notKept: string };
  readonly errors: readonly LoggedError[];
}

export interface StatusModules {
  readonly chain: FollowedChain;
  readonly journal: Journal;
  readonly submitter: Submitter;
  readonly network: Network | undefined;
  readonly engine: Engine;
  readonly sandbox: Sandbox;
  readonly ready: () => Promise<Readiness>;
  readonly money: () => Promise<MoneyRead>;
  readonly endedJobs: () => EndedJobs;
  readonly lastErrors: () => readonly LoggedError[];
}

/** What `GET /status` answers with before the node is at work. */
export interface StartingStatus
  extends Pick<DaemonStatus, "version" | "pid" | "startedAtMs" | "ready" | "chain" | "errors"> {
  readonly starting: true;
}

/** Collects what there is to look at while a daemon starts. */
export async function startingStatus(
  options: Pick<DaemonStatus, "version" | "startedAtMs">,
  modules: Pick<StatusModules, "chain" | "ready" | "lastErrors">,
): Promise<StartingStatus> {
  return {
    ...options,
    starting: true,
    pid: process.pid,
    ready: await modules.ready(),
    chain: chainStatus(modules.chain),
    errors: modules.lastErrors(),
  };
}

/** Collects what an operator looks at. */
export async function daemonStatus(
  options: {
    readonly node: bigint;
    readonly version: string;
    readonly startedAtMs: number;
    readonly models: readonly bigint[];
  },
  modules: StatusModules,
): Promise<DaemonStatus> {
  const { network, engine, submitter } = modules;
  const [read, ready, live] = await Promise.all([
    modules.money(),
    modules.ready(),
    liveJobs(modules.journal),
  ]);
  const { money } = read;
  const { account, inFlight, waiting, spentWei, spendingLimitWei, alert } = submitter.status();
  return {
    ...options,
    pid: process.pid,
    ready,
    chain: chainStatus(modules.chain),
    account: {
      address: account,
      nonce: money?.nonce ?? null,
      balanceWei: money?.balanceWei ?? null,
      readAtMs: "readAtMs" in read ? read.readAtMs : null,
      inFlight,
      waiting,
      spentWei,
      spendingLimitWei: spendingLimitWei ?? null,
      alert: alert === undefined ? null : plain(alert),
    },
    earnings: money?.credits ?? null,
    peers: network?.peers() ?? [],
    nodesUp: network?.presence.list() ?? [],
    peerAddresses: network?.multiaddrs() ?? [],
    activeJobs: engine.activeJobs(),
    waitingJobs: engine.waitingJobs(),
    places: engine.places.total(),
    draining: engine.places.isDraining(),
    jobs: { live, ended: modules.endedJobs() },
    sandbox: { about: aboutSandbox(modules.sandbox), notKept: notKeptBy(modules.sandbox) },
    errors: modules.lastErrors(),
  };
}

export function chainStatus({ follower, rpc, agreement }: FollowedChain): DaemonStatus["chain"] {
  const contradiction = agreement.error();
  const { state, head, newest, error, isHinted } = follower.status();
  return {
    state,
    head: head === undefined ? null : { number: head.number, hash: head.hash, timestamp: head.timestamp },
    newest: newest ?? null,
    lagBlocks: head === undefined || newest === undefined ? 0 : Math.max(0, Number(newest - head.number)),
    headAgeSeconds:
      head === undefined ? null : Math.max(0, Math.round(Date.now() / 1_000 - Number(head.timestamp))),
    error: error === undefined ? null : plain(error),
    hinted: isHinted ?? null,
    endpoints: rpc.health().map(({ name, state: health, lagBlocks, latencyMs, error: last }) => ({
      name,
      state: health,
      lagBlocks: Number(lagBlocks),
      latencyMs: latencyMs ?? null,
      error: last ?? null,
    })),
    contradiction: contradiction === undefined ? null : plain(contradiction),
  };
}

export async function liveJobs(journal: Journal): Promise<LiveJobs> {
  const counts = countsOf(LIVE_JOB_STATES);
  for (const { state } of await journal.jobs.live()) if (isLive(state)) counts[state] += 1;
  return counts;
}

export function noEndedJobs(): Record<EndedJobState, number> {
  return countsOf(ENDED_JOB_STATES);
}

function countsOf<State extends string>(states: readonly State[]): Record<State, number> {
  return Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
}

function isLive(state: JobState): state is (typeof LIVE_JOB_STATES)[number] {
  return (LIVE_JOB_STATES as readonly JobState[]).includes(state);
}

/** An error as others may see it: its details stay in the log. */
function plain(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof PleiadError) return { code: error.code, message: error.message };
  return { code: "BUG", message: error instanceof Error ? error.message : String(error) };
}
