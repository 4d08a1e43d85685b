import { agentFails, agentForks, agentLate, agentPries } from "./agents.ts";
import { damagedDatabase } from "./damagedDatabase.ts";
import { deepReorg } from "./deepReorg.ts";
import { droppedTransaction } from "./droppedTransaction.ts";
import type { Fault } from "./fault.ts";
import { emptyWallet, feeSpike } from "./fees.ts";
import { hostileMember, hostileStranger } from "./hostile.ts";
import { kill } from "./kill.ts";
import { clockJump, diskFull } from "./machine.ts";
import { headsFail, signerFails, signerLies } from "./outside.ts";
import { partition } from "./partition.ts";
import { reorg } from "./reorg.ts";
import { revertingSubmission } from "./revertingSubmission.ts";
import {
  duplicateEvents,
  rpcBlackout,
  rpcDown,
  rpcFlap,
  rpcGarbage,
  rpcHang,
  rpcLag,
  rpcLimit,
  rpcLostAnswer,
  rpcSlow,
} from "./rpc.ts";
import { rpcLie } from "./rpcLie.ts";
import { stuckTransaction } from "./stuckTransaction.ts";
import { twin } from "./twin.ts";
import { twinKey } from "./twinKey.ts";
import { webPage } from "./webPage.ts";
import { wrongChain } from "./wrongChain.ts";

/** Every scenario there is, by what it concerns. */
export const FAULTS = {
  process: [kill, twin],
  chain: [reorg, droppedTransaction, feeSpike, stuckTransaction, emptyWallet, revertingSubmission],
  stops: [deepReorg, twinKey],
  rpc: [
    rpcDown,
    rpcSlow,
    rpcHang,
    rpcFlap,
    rpcLag,
    rpcLostAnswer,
    rpcGarbage,
    rpcLie,
    rpcLimit,
    duplicateEvents,
    rpcBlackout,
  ],
  peers: [partition, hostileStranger, hostileMember],
  agents: [agentFails, agentForks, agentPries, agentLate],
  machine: [clockJump, diskFull, damagedDatabase, wrongChain, webPage],
  outside: [headsFail, signerFails, signerLies],
} as const satisfies Readonly<Record<string, readonly Fault[]>>;

export const ALL_FAULTS: readonly Fault[] = Object.values(FAULTS).flat();
