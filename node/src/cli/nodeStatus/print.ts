import { type Address, formatEther, isAddressEqual, zeroAddress } from "viem";
import type { Fact, Output } from "../output.ts";
import { counted, durationText, ether, grouped, listed, shortHex } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import type { DaemonSays, StartingSays } from "./daemonSays.ts";
import type { WithoutDaemon } from "./withoutDaemon.ts";

/** A node that was asked, and what came of it. */
export interface NodeView {
  readonly name: string;
  /** As it is shown. */
  readonly place: string;
  readonly apiUrl: string | undefined;
  readonly status: DaemonSays | undefined;
  /** In its place, of a daemon that is not at work yet. */
  readonly starting: StartingSays | undefined;
  readonly reason: string | undefined;
  /** Where the daemon does not answer. */
  readonly without: WithoutDaemon | undefined;
}

/** Errors under one node; the log has the others. */
const ERRORS_SHOWN_MAX = 5;
/** Digits behind the point of an amount in a table. */
const TABLE_DECIMALS = 5;

/** One node, everything that there is to say of it. */
export function printNode(view: NodeView, output: Output, nowMs: number): void {
  const { status, starting, without } = view;
  output.line(`${output.style.title(titleOf(view))}  ${stateText(view, output)}`);
  output.line();
  if (status !== undefined) {
    output.facts([...daemonFacts(status, output, nowMs), ["API", view.apiUrl ?? ""], ["folder", view.place]]);
    printErrors(status, output, nowMs);
  } else if (starting !== undefined) {
    output.facts([
      ...readyFacts(starting, output),
      ...chainFacts(starting, output),
      ["daemon", daemonText(starting, nowMs)],
      ["API", view.apiUrl ?? ""],
      ["folder", view.place],
    ]);
    printErrors(starting, output, nowMs);
  } else if (without !== undefined) {
    output.facts([...factsWithout(without, output, nowMs), ["folder", view.place]]);
    output.line();
    output.prose(
      "The daemon does not answer, so this is what chain and data folder say. Jobs, peers and what is under way only the daemon knows.",
    );
  }
}

/** Several nodes, a line for each, and what is wrong with those that are not well. */
export function printNodes(views: readonly NodeView[], output: Output): void {
  output.table(
    [
      { header: "node", align: "right" },
      { header: "name", narrow: "cut" },
      { header: "state", narrow: "cut" },
      { header: "block", align: "right" },
      { header: "lag", align: "right" },
      { header: "peers", align: "right" },
      { header: "jobs", align: "right" },
      { header: "ether", align: "right" },
      { header: "earned", align: "right" },
    ],
    views.map((view) => [...cellsOf(view, output)]),
  );
  for (const { name, status, starting, reason, without } of views) {
    const { checks = {}, warnings = [] } = (status ?? starting)?.ready ?? {};
    const reasons = [
      reason,
      without?.chainError,
      without?.folderError,
      ...Object.values(checks).map((check) => check.reason),
      ...warnings.map(({ message }) => message),
      status?.account.alert?.message,
    ];
    for (const text of reasons) {
      if (text !== undefined && text !== null) output.prose(printableLine(text), `${printableLine(name)}: `);
    }
  }
}

function cellsOf({ name, status, starting, without }: NodeView, output: Output): readonly string[] {
  if (starting !== undefined) {
    const { head, lagBlocks } = starting.chain;
    const state = output.style.warning("starting");
    return ["–", printableLine(name), state, `${head?.number ?? "–"}`, `${lagBlocks}`, "–", "–", "–", "–"];
  }
  if (status === undefined) {
    const chain = without?.chain;
    const money = [amount(chain?.account?.balanceWei), amount(chain?.creditWei)];
    const block = chain === undefined ? "–" : `${chain.blockNumber}`;
    return [
      `${chain?.node ?? "–"}`,
      printableLine(name),
      output.style.bad("down"),
      block,
      "–",
      "–",
      "–",
      ...money,
    ];
  }
  const { chain, account, earnings, node, ready } = status;
  const state = ready.ready
    ? status.draining === true
      ? output.style.warning("is drained")
      : output.style.good("works")
    : output.style.warning(chain.state === "following" ? "not ready" : chain.state);
  return [
    `${node}`,
    printableLine(name),
    state,
    `${chain.head?.number ?? "–"}`,
    `${chain.lagBlocks}`,
    `${certified(status)}`,
    `${status.activeJobs}`,
    amount(account.balanceWei ?? undefined),
    amount(earnings?.find(({ currency }) => isOwn(currency))?.amount),
  ];
}

function titleOf({ status, without, name }: NodeView): string {
  const node = status?.node ?? without?.chain?.node;
  return node === undefined ? printableLine(name) : `node ${node}`;
}

function stateText({ status, starting, reason }: NodeView, output: Output): string {
  if (starting !== undefined) return output.style.warning("is starting");
  if (status === undefined) return output.style.bad(printableLine(reason ?? "does not answer"));
  if (!status.ready.ready) return output.style.warning("is not ready");
  return status.draining === true
    ? output.style.warning("is being drained: it takes up nothing new")
    : output.style.good("works");
}

function daemonFacts(status: DaemonSays, output: Output, nowMs: number): readonly Fact[] {
  const { account, earnings, jobs } = status;
  const { live, ended } = jobs;
  const { style } = output;
  const under = Object.entries(live).filter(([, count]) => count > 0);
  return [
    ...readyFacts(status, output),
    ...chainFacts(status, output),
    ["peers", `${grouped(certified(status))} certified; ${counted(status.nodesUp.length, "node")} up`],
    [
      "jobs",
      `${grouped(status.activeJobs)} under way${status.waitingJobs === 0 ? "" : `, ${grouped(status.waitingJobs)} waiting`}${under.length === 0 ? "" : `; in the journal ${listed(under.map(([state, count]) => `${count} ${state}`))}`}`,
    ],
    [
      "since start",
      `${listed(Object.entries(ended).map(([outcome, count]) => `${grouped(count)} ${outcome}`))}`,
    ],
    [
      "transactions",
      `${grouped(account.inFlight)} under way, ${grouped(account.waiting)} waiting; next nonce ${account.nonce ?? "unknown"}`,
    ],
    [
      "held up",
      account.alert === null
        ? ""
        : style.warning(`${account.alert.code}: ${printableLine(account.alert.message)}`),
    ],
    ["account", account.address],
    [
      "balance",
      account.balanceWei === null ? "unknown: the chain could not be asked" : ether(account.balanceWei),
    ],
    [
      "spent",
      `${ether(account.spentWei)} within a day${account.spendingLimitWei === null ? "" : ` of ${ether(account.spendingLimitWei)}`}`,
    ],
    ["earned", earnings === null ? "unknown: the chain could not be asked" : earnedText(earnings)],
    ["models", status.models.length === 0 ? "none" : listed(status.models.map(String))],
    ["sandbox", sandboxText(status)],
    ["daemon", daemonText(status, nowMs)],
  ];
}

/** Which it is, and what agents reach all the same: nobody is to think that more is kept from them. */
function sandboxText({ sandbox }: DaemonSays): string {
  return sandbox === undefined
    ? "unknown: the daemon does not say"
    : `${printableLine(sandbox.about)}; ${printableLine(sandbox.notKept)}`;
}

function readyFacts({ ready }: StartingSays, { style }: Output): readonly Fact[] {
  const wrong = Object.entries(ready.checks).filter(([, { ok }]) => !ok);
  return [
    ...wrong.map(
      ([name, { reason }]): Fact => [`not ready`, style.warning(`${name}: ${printableLine(reason ?? "")}`)],
    ),
    ...ready.warnings.map(({ message }): Fact => ["warning", style.warning(printableLine(message))]),
  ];
}

function chainFacts({ chain }: StartingSays, { style }: Output): readonly Fact[] {
  return [
    ["chain", chainText(chain)],
    ...chain.endpoints
      .filter(({ state }) => state !== "well")
      .map(
        ({ name, state, error }): Fact => [
          "endpoint",
          style.warning(
            `${printableLine(name)} ${state}${error === null ? "" : `: ${printableLine(error.message)}`}`,
          ),
        ],
      ),
    [
      "contradiction",
      chain.contradiction === null ? "" : style.warning(printableLine(chain.contradiction.message)),
    ],
  ];
}

function daemonText({ version, pid, startedAtMs }: StartingSays, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - startedAtMs) / 1_000));
  return `version ${printableLine(version)}, process ${pid}, up for ${durationText(seconds)}`;
}

function chainText({ state, head, lagBlocks, headAgeSeconds, hinted }: DaemonSays["chain"]): string {
  if (head === null) return `${state}; no block yet`;
  const lag = lagBlocks === 0 ? "the newest" : `${counted(lagBlocks, "block")} behind`;
  const age = headAgeSeconds === null ? "" : `, ${durationText(headAgeSeconds)} old`;
  const told = hinted === null ? "" : hinted ? "; WebSocket up" : "; WebSocket down";
  return `${state} at block ${grouped(head.number)}, ${lag}${age}${told}`;
}

function factsWithout(
  { chain, chainError, folder, folderError }: WithoutDaemon,
  { style }: Output,
  nowMs: number,
): readonly Fact[] {
  const bad = (text: string | undefined) => (text === undefined ? "" : style.warning(printableLine(text)));
  const { history } = folder ?? {};
  const facts: Fact[] = [
    ["chain", chain === undefined ? bad(chainError) : `at block ${grouped(chain.blockNumber)}`],
  ];
  if (chain !== undefined) {
    const { account, creditWei } = chain;
    facts.push(
      [
        "registered",
        chain.node === undefined
          ? "no: the key belongs to no node"
          : `as node ${chain.node}, ${(chain.state ?? "").toLowerCase()}`,
      ],
      ["node key", chain.key ?? ""],
      ["owner", chain.owner ?? ""],
      ["account", account?.address ?? "unknown: the keystore does not say whose it is"],
      ["balance", account === undefined ? "" : ether(account.balanceWei)],
      ["nonce", account === undefined ? "" : `${account.nonce}`],
      ["earned", creditWei === undefined ? "" : earnedText([{ currency: zeroAddress, amount: creditWei }])],
    );
  }
  const ran =
    history === undefined
      ? bad(folderError) || "no daemon has run here"
      : `${counted(history.openings, "start")}, ${counted(history.signings, "signature")} on record; last opened or closed ${durationText(Math.max(0, Math.round((nowMs - history.writtenAtMs) / 1_000)))} ago`;
  return [...facts, ["history", ran]];
}

function printErrors({ errors }: StartingSays, output: Output, nowMs: number): void {
  output.line();
  output.line(errors.length === 0 ? "No warning and no error since the start." : "Last warnings and errors:");
  if (errors.length === 0) return;
  output.table(
    [{ header: "ago", align: "right" }, { header: "level" }, { header: "what", narrow: "wrap" }],
    errors
      .slice(0, ERRORS_SHOWN_MAX)
      .map(({ atMs, level, code, message }) => [
        durationText(Math.max(0, Math.round((nowMs - atMs) / 1_000))),
        level === "warn" ? output.style.warning(level) : output.style.bad(level),
        `${printableLine(message)}${code === null ? "" : ` (${code})`}`,
      ]),
  );
}

function earnedText(earnings: NonNullable<DaemonSays["earnings"]>): string {
  const texts = earnings
    .filter(({ currency, amount }) => isOwn(currency) || amount > 0n)
    .map(({ currency, amount }) =>
      isOwn(currency)
        ? ether(amount)
        : `${grouped(amount)} of the smallest unit of ${shortHex(currency as Address)}`,
    );
  return `${listed(texts)}, to be withdrawn`;
}

function isOwn(currency: string): boolean {
  return isAddressEqual(currency as Address, zeroAddress);
}

function certified({ peers }: DaemonSays): number {
  return peers.filter(({ state }) => state === "certified").length;
}

/** An amount of ether that a column has room for. */
function amount(wei: bigint | undefined): string {
  if (wei === undefined) return "–";
  const [whole = "0", fraction = ""] = formatEther(wei).split(".");
  const kept = fraction.slice(0, TABLE_DECIMALS).replace(/0+$/, "");
  if (wei > 0n && whole === "0" && kept === "") return `<0.${"1".padStart(TABLE_DECIMALS, "0")}`;
  return `${grouped(BigInt(whole))}${kept === "" ? "" : `.${kept}`}`;
}
