import type { ApprovalRow } from "../../agents/approvals/types.ts";
import type { KeptStop } from "../../agents/money/stops.ts";
import type { ProjectionReader } from "../../chain/projection.ts";
import type { ExecutionRecord } from "../../chain/state.ts";
import type { Versions } from "../../chain/versions.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { LAG_BLOCKS_SAID, PROBLEM_AGE_MS_MAX, SPENDING_SAID_PERCENT, STALLED_WINDOWS } from "./limits.ts";
import type { Problem } from "./schemas.ts";

export interface ProblemsModules {
  readonly status: DaemonStatus | StartingStatus;
  readonly projection: Pick<ProjectionReader, "runningExecutions" | "endedExecutions">;
  readonly versions: Pick<Versions, "peek">;
  readonly waiting: readonly ApprovalRow[];
  /** What budgets kept from being run. */
  readonly stops: readonly KeptStop[];
  /** The chain's time, unix seconds. */
  readonly chainNow: bigint;
  readonly nowMs: number;
}

const NOTHING = { code: "", execution: null, approval: null, sinceMs: null } as const;

/** What is wrong, or may soon be: what somebody must do something about first, then by how long it has been so. */
export function problemsOf(modules: ProblemsModules): readonly Problem[] {
  const { status, projection, waiting, stops, nowMs } = modules;
  const found = [
    ...chainProblems(status),
    ...nodeProblems(status),
    ...moneyProblems(status),
    ...waiting.map(approvalProblem),
    ...stops.filter(({ atMs }) => nowMs - atMs <= PROBLEM_AGE_MS_MAX).map(stopProblem),
    ...projection.runningExecutions().flatMap((record) => runningProblems(record, modules)),
    ...projection.endedExecutions().flatMap((record) => endedProblems(record, modules)),
    ...logProblems(status, nowMs),
  ];
  const rank = ({ urgency }: Problem) => (urgency === "act" ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || (a.sinceMs ?? 0) - (b.sinceMs ?? 0));
}

function chainProblems({ chain }: ProblemsModules["status"]): readonly Problem[] {
  const { error, contradiction, lagBlocks, endpoints } = chain;
  const about = { ...NOTHING, kind: "chain" as const };
  const whatToDo = "See the endpoints of chain.rpcUrls; the node waits and goes on by itself.";
  const problems: Problem[] = [];
  if (contradiction !== null) {
    const title = "The endpoints contradict each other";
    const todo = "Find out which endpoint is wrong and take it out of chain.rpcUrls.";
    problems.push({
      ...about,
      urgency: "act",
      code: contradiction.code,
      title,
      text: contradiction.message,
      whatToDo: todo,
    });
  }
  if (error !== null)
    problems.push({
      ...about,
      urgency: "act",
      code: error.code,
      title: "The chain cannot be followed",
      text: error.message,
      whatToDo,
    });
  else if (lagBlocks > LAG_BLOCKS_SAID) {
    const text = `${lagBlocks} blocks behind the newest that the chain has shown`;
    problems.push({ ...about, urgency: "watch", title: "The node is behind the chain", text, whatToDo });
  }
  for (const { name, state, error: last } of endpoints) {
    if (last === null || state === "well" || endpoints.length === 1) continue;
    const title = `Endpoint ${name} is ${state}`;
    problems.push({ ...about, urgency: "watch", code: last.code, title, text: last.message, whatToDo });
  }
  return problems;
}

function nodeProblems({ ready }: ProblemsModules["status"]): readonly Problem[] {
  const about = { ...NOTHING, kind: "node" as const };
  const failed = Object.entries(ready.checks).flatMap(([check, { ok, reason }]) => {
    // What keeps it from following the chain was said already.
    if (ok || check === "chain") return [];
    const title = check === "work" ? "The node is not at work yet" : `The node is not ready: ${check}`;
    const whatToDo = "Run pleiad doctor in the node's folder.";
    return [{ ...about, urgency: "act" as const, title, text: reason ?? "", whatToDo }];
  });
  const warned = ready.warnings.map(({ code, message }) => ({
    ...about,
    kind: "money" as const,
    urgency: "act" as const,
    code,
    title: code === "ACCOUNT_EMPTY" ? "The account is empty" : "A warning",
    text: message,
    whatToDo:
      code === "ACCOUNT_EMPTY" ? "Send it some of the chain's own currency." : `Run pleiad explain ${code}.`,
  }));
  return [...failed, ...warned];
}

function moneyProblems(status: ProblemsModules["status"]): readonly Problem[] {
  if (!("account" in status)) return [];
  const { alert, spentWei, spendingLimitWei } = status.account;
  const about = { ...NOTHING, kind: "budget" as const };
  if (alert !== null) {
    const whatToDo = `Run pleiad explain ${alert.code}: it says what to do.`;
    return [
      {
        ...about,
        urgency: "act",
        code: alert.code,
        title: "Transactions are held back",
        text: alert.message,
        whatToDo,
      },
    ];
  }
  if (spendingLimitWei === null || spentWei * 100n < spendingLimitWei * SPENDING_SAID_PERCENT) return [];
  return [
    {
      ...about,
      urgency: "watch",
      title: "The spending limit is nearly reached",
      text: `${spentWei} wei of ${spendingLimitWei} wei in the chain's last day`,
      whatToDo: "Raise the limit in pleiad.yaml, or let the node wait until tomorrow.",
    },
  ];
}

function approvalProblem({ id, agent, what, createdAtMs }: ApprovalRow): Problem {
  return {
    ...NOTHING,
    kind: "approval",
    urgency: "act",
    title: "An agent asks for leave",
    text: `${agent}: ${what}`,
    whatToDo: "Answer it under Approvals, or by pleiad workspace approvals.",
    approval: id,
    sinceMs: createdAtMs,
  };
}

function stopProblem({ agent, code, message, wasRunning, atMs }: KeptStop): Problem {
  return {
    ...NOTHING,
    kind: "budget",
    urgency: "act",
    code,
    title: wasRunning ? "A budget stopped an agent" : "A budget keeps an agent from running",
    text: `${agent}: ${message}`,
    whatToDo: `See Budgets, or run pleiad explain ${code}.`,
    sinceMs: atMs,
  };
}

function runningProblems(record: ExecutionRecord, modules: ProblemsModules): readonly Problem[] {
  const { chainNow, versions } = modules;
  const about = { ...NOTHING, execution: String(record.execution) };
  const id = record.execution;
  const sinceMs = Number(record.readyAt) * 1_000;
  if (chainNow > record.deadline) {
    const whatToDo = `Anybody may end it, and the rest goes back: pleiad execution expire ${id}`;
    const text = "Its deadline has passed, and nobody has ended it.";
    const title = `Execution ${id} is lost`;
    return [
      {
        ...about,
        kind: "lost",
        urgency: "act",
        title,
        text,
        whatToDo,
        sinceMs: Number(record.deadline) * 1_000,
      },
    ];
  }
  const failures = [...record.failures].reduce((sum, [, nodes]) => sum + nodes.length, 0);
  if (failures > 0) {
    const text = `${failures} ${failures === 1 ? "node has" : "nodes have"} reported that they cannot answer.`;
    const whatToDo = `See why: pleiad execution show ${id} --why`;
    return [
      {
        ...about,
        kind: "failing",
        urgency: "watch",
        title: `Execution ${id} is failing`,
        text,
        whatToDo,
        sinceMs,
      },
    ];
  }
  const windowSeconds = versions.peek(record.cluster, record.version)?.windowSeconds;
  if (windowSeconds === undefined || chainNow - record.readyAt <= BigInt(STALLED_WINDOWS * windowSeconds))
    return [];
  const text = `No answer was accepted for more than ${STALLED_WINDOWS} windows of ${windowSeconds} s.`;
  const whatToDo = `See who is eligible and silent: pleiad execution show ${id} --why`;
  return [
    {
      ...about,
      kind: "stalled",
      urgency: "watch",
      title: `Execution ${id} is stalled`,
      text,
      whatToDo,
      sinceMs,
    },
  ];
}

function endedProblems(record: ExecutionRecord, { chainNow }: ProblemsModules): readonly Problem[] {
  const { execution, state, endedIn } = record;
  if (endedIn === null || (state !== "Failed" && state !== "Expired")) return [];
  if (chainNow - endedIn.timestamp > BigInt(PROBLEM_AGE_MS_MAX / 1_000)) return [];
  return [
    {
      ...NOTHING,
      kind: "failed",
      urgency: "watch",
      title: `Execution ${execution} ended without a response`,
      text:
        state === "Failed"
          ? "Its nodes reported that they cannot answer."
          : "Nobody answered before its deadline.",
      whatToDo: `See why: pleiad execution show ${execution} --why`,
      execution: String(execution),
      sinceMs: Number(endedIn.timestamp) * 1_000,
    },
  ];
}

/** The last of each kind that the log has, of the last hour. */
function logProblems({ errors }: ProblemsModules["status"], nowMs: number): readonly Problem[] {
  const recent = errors.filter(({ atMs, level }) => level !== "warn" && nowMs - atMs <= PROBLEM_AGE_MS_MAX);
  const seen = new Set<string>();
  return recent.flatMap(({ code, message, atMs }) => {
    const key = code ?? message;
    if (seen.has(key)) return [];
    seen.add(key);
    const whatToDo = code === null ? "See the daemon's log." : `Run pleiad explain ${code}.`;
    const title = "The log has an error";
    return [
      {
        ...NOTHING,
        kind: "log",
        urgency: "watch",
        code: code ?? "",
        title,
        text: message,
        whatToDo,
        sinceMs: atMs,
      },
    ];
  });
}
