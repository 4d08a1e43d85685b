import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { systemClock } from "../../chain/clock.ts";
import { weiOfGwei } from "../../chain/fees.ts";
import type { Journal } from "../../chain/journal.ts";
import type { Submitter } from "../../chain/submitterTypes.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";
import { createEquivocations, type Equivocations } from "../../work/equivocations.ts";
import type { Gossip } from "../../work/ports.ts";
import { createProver } from "../prover.ts";

import type { FollowedChain } from "./followChain.ts";

/** What brings proofs of equivocation; undefined where this node brings none. */
export function openEquivocations(
  config: Config,
  { nodeBonds }: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly store: Store;
    readonly submitter: Submitter;
    readonly gossip: Gossip;
    readonly journal: Journal;
    readonly logger: Logger;
  },
): Equivocations | undefined {
  const { chain, store, submitter, gossip, journal, logger } = modules;
  if (config.jobs.proveEquivocations === false) return undefined;
  if (nodeBonds === undefined) {
    if (config.jobs.proveEquivocations === null) return undefined;
    throw new PleiadError("jobs.proveEquivocations is true, and the deployment has no nodeBonds", {
      code: "NODE_BONDS_MISSING",
      hint: "name the contract NodeBonds in the deployment, or set jobs.proveEquivocations to false",
    });
  }
  const { finalDepth } = config.chain;
  const priorityFeeWei = weiOfGwei(config.submitter.priorityFeeGwei);
  const clock = systemClock();
  const prover = createProver(
    { nodeBonds, finalDepth, priorityFeeWei },
    { rpc: chain.rpc, submitter, journal: journal.transactions, clock },
  );
  return createEquivocations(
    { node },
    { gossip, chain: chain.view, book: store.equivocations, prover, clock, logger },
  );
}
