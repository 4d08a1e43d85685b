import { mkdirSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import type { ServiceConfig } from "../config/service.ts";
import { localAccounts, writeKeyFiles } from "./accounts.ts";
import { compileAhead } from "./compileAhead.ts";
import { fundAccounts } from "./fund.ts";
import { type Layout, layoutOf, OPERATOR_NAMES, type OperatorName } from "./layout.ts";
import { startLocalChain } from "./localChain.ts";
import { writeNetworkFile } from "./networkFile.ts";
import { type OperatorOptions, type OperatorProcess, prepareOperators, startOperator } from "./operators.ts";
import { freePort } from "./ports.ts";
import type { TeamParts } from "./project/teamFile.ts";
import { type ClusterNames, prepareRegistry } from "./registry.ts";
import type { RunTarget } from "./runDocument.ts";

export interface LocalNetworkOptions {
  /** Absolute path; made when it is not there. */
  readonly folder: string;
  /** A chain that runs already and funds the accounts of the folder's phrase; else one is started. */
  readonly rpcUrl?: string;
  /** Wished port of the chain; the next free one is taken. */
  readonly chainPort: number;
  /** Length of a step-in window, in seconds. */
  readonly windowSeconds: number;
  readonly serviceOf: (model: string, operator: OperatorName) => ServiceConfig;
  readonly networkEnabled: boolean;
  /** What the cluster is called on a new chain. @default the sample cluster's */
  readonly cluster?: ClusterNames;
  /** What the first operator's daemon gets beside: a project, and services for helpers. */
  readonly team?: TeamParts;
  readonly say: (text: string) => void;
  /** Ends the start: what was begun is stopped. */
  readonly signal: AbortSignal;
}

/** A chain and three operators' daemons on this machine. */
export interface LocalNetwork {
  readonly layout: Layout;
  readonly target: RunTarget;
  /** Whether the chain of an earlier start was taken up. */
  readonly resumed: boolean;
  operator(node: bigint): OperatorProcess;
  /** Starts an operator's daemon again after `OperatorProcess.kill`. */
  restart(name: OperatorName): Promise<OperatorProcess>;
  /** Rejects when the chain or a daemon ends without being asked to. */
  readonly broken: Promise<never>;
  /** Stops the daemons, then the chain. */
  stop(): Promise<void>;
}

/**
 * Brings a local network up, or takes up the one that an earlier start left in the folder.
 *
 * @throws PleiadError LOCAL_CHAIN_FAILED, LOCAL_CHAIN_RESTORED, what a daemon could not start with, LOCAL_STOPPED
 */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const { say } = options;
  const layout = layoutOf(options.folder);
  mkdirSync(layout.chainFolder, { recursive: true, mode: 0o700 });
  const accounts = localAccounts(layout);
  await writeKeyFiles(layout, accounts);
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  let breakUp: (reason: unknown) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => {
    breakUp = reject;
  });
  // Whoever waits for something else meanwhile must not find this unhandled.
  broken.catch(() => {});
  const compiling = compileAhead();
  stops.push(() => compiling.stop());
  try {
    const chain =
      options.rpcUrl === undefined
        ? await startChain(options, layout, accounts.mnemonic, breakUp)
        : undefined;
    if (chain !== undefined) stops.push(() => chain.stop());
    throwIfStopped(options.signal);
    const rpcUrl = options.rpcUrl ?? (chain?.rpcUrl as string);
    say(
      `${chain?.resumed === true ? "the chain of the last start is back" : "the chain is up"} at ${rpcUrl}`,
    );
    if (chain === undefined) await fundAccounts(rpcUrl, accounts);
    const { windowSeconds } = options;
    const registry = await prepareRegistry({
      layout,
      accounts,
      rpcUrl,
      windowSeconds,
      say,
      ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    });
    const hasOwnChain = chain !== undefined;
    const operatorOptions: OperatorOptions = { ...options, layout, accounts, registry, rpcUrl, hasOwnChain };
    await prepareOperators(operatorOptions);
    await compiling.done;
    throwIfStopped(options.signal);
    say("starting three daemons");
    const operators = new Map<OperatorName, OperatorProcess>();
    const start = async (name: OperatorName) => {
      const operator = await startOperator(name, operatorOptions);
      operator.onExit((reason: PleiadError) => breakUp(reason));
      operators.set(name, operator);
      return operator;
    };
    stops.push(() => Promise.all([...operators.values()].map((operator) => operator.stop())));
    await allOrNone(OPERATOR_NAMES.map(start));
    throwIfStopped(options.signal);
    await writeNetworkFile(layout, rpcUrl, registry, [...operators.values()], options.networkEnabled);
    return {
      layout,
      target: {
        rpcUrl,
        registry,
        accounts,
        networkEnabled: options.networkEnabled,
        // Asked at each use, as a daemon that was started again listens elsewhere.
        get daemons() {
          return [...operators.values()];
        },
      },
      resumed: chain?.resumed ?? false,
      operator(node) {
        const found = [...operators.values()].find((operator) => operator.node === node);
        if (found === undefined) throw new Error(`no operator of this network has node ${node}`);
        return found;
      },
      restart: start,
      broken,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startChain(
  options: LocalNetworkOptions,
  layout: Layout,
  mnemonic: string,
  breakUp: (reason: unknown) => void,
) {
  const port = await freePort(options.chainPort);
  if (port !== options.chainPort && options.chainPort !== 0) {
    options.say(`port ${options.chainPort} is taken; the chain listens on ${port}`);
  }
  const chain = await startLocalChain({ folder: layout.chainFolder, port, mnemonic });
  chain.onExit(breakUp);
  return chain;
}

/** @throws PleiadError LOCAL_STOPPED */
export function throwIfStopped(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new PleiadError("stopped before it was up", {
    code: "LOCAL_STOPPED",
    hint: "start it again whenever you like",
  });
}

/** Waits for all before it fails with the first failure, so that nothing is left half started. */
async function allOrNone<T>(all: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(all);
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
