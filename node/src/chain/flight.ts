import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { FollowedBlock } from "./agreement.ts";
import type { Clock } from "./clock.ts";
import { chainFailure } from "./errors.ts";
import { type Fees, firstFees, raisedFees } from "./fees.ts";
import type { CanonicalChain } from "./followerTypes.ts";
import { createInclusions, type LookResult } from "./inclusions.ts";
import {
  type CarriedCompletion,
  type JobFailure,
  TRANSACTION_ATTEMPTS_MAX,
  type TransactionAttempt,
  type TransactionJournal,
  type TransactionKey,
  type TransactionRecord,
} from "./journal.ts";
import { createKnownKeys } from "./knownKeys.ts";
import { feeAboveCeiling, insufficientFunds, type Preparer } from "./prepare.ts";
import type { Rpc } from "./rpc.ts";
import { createSendBytes } from "./sendBytes.ts";
import { isSendFailure, type SendOutcome } from "./sendOutcome.ts";
import { bodyOf, signAttempt, type TransactionBody } from "./signAttempt.ts";
import type { Signer } from "./signer.ts";
import type { Expense } from "./spending.ts";
import {
  CANCEL_GAS_LIMIT,
  FINAL_ALONE_MS,
  GAS_LIMIT_PERCENT,
  LOOK_INTERVAL_MS,
  RAISES_MAX,
  REFUSALS_MAX,
} from "./submitterTypes.ts";

/** A transaction on its way: what the journal says of it, and what only this life knows. */
export interface Flight {
  record: TransactionRecord;
  /** When the newest attempt was first sent, by the monotonic clock, in milliseconds. */
  sentAtMs: number;
  /** The chain's height then. */
  sentAtBlock: bigint;
  /** When its fate was last asked for. */
  lookedAtMs: number;
  /** How often its nonce was found used, and none of its attempts mined. */
  lostLooks: number;
  /** How often endpoints refused its bytes for good. */
  refusals: number;
  /** The chain, or what is in an endpoint's pool, wants higher fees. */
  wantsRaise: boolean;
  /** Why it is being cancelled; undefined while it is not. */
  cancelReason: JobFailure | undefined;
  /** Taken up from the journal, and not looked at yet. */
  isTakenUp: boolean;
  /** Since when one endpoint of several alone says that it is final, by the monotonic clock, in milliseconds. */
  aloneSinceMs: number | undefined;
  /** Before then nobody is asked again whether it is final, by the monotonic clock, in milliseconds. */
  judgedAgainAtMs: number;
}

/** What a first attempt is made of. */
export interface OpeningPlan {
  readonly body: TransactionBody;
  readonly fees: Fees;
  readonly completions: readonly CarriedCompletion[];
}

export interface FlightModules {
  readonly rpc: Rpc;
  readonly signer: Signer;
  readonly journal: TransactionJournal;
  readonly chain: CanonicalChain;
  /** Whether the node may act on a block that is deep enough. */
  readonly isSettled: (block: FollowedBlock) => boolean;
  readonly preparer: Preparer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each change of a record. */
  readonly onChange: (record: TransactionRecord) => void;
  /** Why a replacement is not to be sent now; undefined where it may. */
  readonly refusal: (expense: Expense) => Promise<PleiadError | undefined>;
  /** Told what keeps a transaction from being mined; undefined when something went through. */
  readonly onAlert: (alert: PleiadError | undefined) => void;
}

/** The steps of a transaction's life. Each changes the journal first and the flight after it. */
export interface Flights {
  /** A flight for a record. */
  of(record: TransactionRecord): Flight;
  /** Hands the newest attempt's bytes to an endpoint, the same ones every time. */
  send(flight: Flight): Promise<void>;
  /** Looks for a receipt in a canonical block. */
  look(flight: Flight): Promise<LookResult>;
  /** Hands the newest attempt's bytes to whoever does not know them. @returns whether anybody did */
  spread(flight: Flight): Promise<boolean>;
  /** For a mined one: takes it for final if its block is that deep and the receipt still says so, or for unmined. */
  finish(flight: Flight): Promise<void>;
  unmine(flight: Flight): Promise<void>;
  /** The next attempt: higher fees for the same, or a cancel when it is moot, refused or was raised often enough. */
  raise(flight: Flight): Promise<void>;
  /**
   * Begins a transaction: signs its first attempt and journals it (N2). Nothing is sent yet.
   *
   * @param plan What it is for; without one it only uses the nonce up.
   * @throws PleiadError FEE_ABOVE_CEILING, SIGNER_MISMATCH, the errors of the signer and of the journal
   */
  open(nonce: number, plan?: OpeningPlan): Promise<Flight>;
  /** Why what it was meant for is not worth sending any more, as of the newest block; undefined when it is. */
  mootReason(flight: Flight): Promise<JobFailure | undefined>;
  /** Ends one that was never sent and is not worth sending. */
  drop(flight: Flight, reason: JobFailure): Promise<void>;
  /** Ends one whose nonce belongs to another transaction for good. */
  replace(flight: Flight, reason: JobFailure): Promise<void>;
}

export function createFlights(
  options: { readonly chainId: number; readonly finalDepth: number },
  modules: FlightModules,
): Flights {
  const { chainId, finalDepth } = options;
  const { rpc, signer, journal, chain, isSettled, preparer, clock, logger } = modules;
  const { refusal, onChange, onAlert } = modules;
  const keys = createKnownKeys();
  const bytes = createSendBytes({ rpc, logger });
  const inclusions = createInclusions({ rpc, chain });

  /** The chain's, not the follower's: that one may still be catching up. */
  function height(): bigint {
    return chain.newest()?.number ?? chain.head()?.number ?? 0n;
  }

  /** What the day is counted by: a block that was followed, as a header that nobody checked may be of any time. */
  function chainSeconds(): number | undefined {
    const seconds = chain.head()?.timestamp;
    return seconds === undefined ? undefined : Number(seconds);
  }

  function flightOf(record: TransactionRecord): Flight {
    return {
      record,
      sentAtMs: clock.monotonicMs(),
      sentAtBlock: height(),
      lookedAtMs: Number.NEGATIVE_INFINITY,
      lostLooks: 0,
      refusals: 0,
      wantsRaise: false,
      cancelReason: cancelReasonOf(record),
      isTakenUp: false,
      aloneSinceMs: undefined,
      judgedAgainAtMs: Number.NEGATIVE_INFINITY,
    };
  }

  function update(flight: Flight, record: TransactionRecord): void {
    flight.record = record;
    logger.debug(
      { nonce: record.nonce, state: record.state, attempts: record.attempts.length },
      "transaction",
    );
    onChange(record);
  }

  async function take(flight: Flight, outcome: SendOutcome, error: PleiadError | undefined): Promise<void> {
    const { record } = flight;
    const { account, nonce } = record;
    switch (outcome) {
      case "taken":
      case "unknown":
        if (record.state === "intended")
          update(flight, await journal.recordSent(keyOf(record), newestOf(record).hash));
        if (outcome === "taken") onAlert(undefined);
        chain.poke();
        return;
      case "funds": {
        const { gasLimit, maxFeePerGasWei } = newestOf(record);
        return onAlert(insufficientFunds(account, await rpc.balanceWei(account), gasLimit * maxFeePerGasWei));
      }
      case "outbid":
        // By bytes that are not ours, where there are no earlier ones of ours: somebody else uses the nonce.
        if (record.attempts.length === 1) flight.lostLooks += 1;
        else flight.wantsRaise = true;
        return;
      case "fees":
        flight.wantsRaise = true;
        return;
      case "refused":
        flight.refusals += 1;
        return onAlert(refused(nonce, error));
      case "nonceUsed":
        // By us, or by somebody else: whoever looks for the receipts finds out.
        flight.lookedAtMs = Number.NEGATIVE_INFINITY;
        return;
      case "waiting":
        return;
      default:
        outcome satisfies never;
    }
  }

  async function send(flight: Flight): Promise<void> {
    const { outcome, error } = await bytes.send(newestOf(flight.record));
    await take(flight, outcome, error);
  }

  async function spread(flight: Flight): Promise<boolean> {
    const { isKnown, sent } = await bytes.spread(newestOf(flight.record));
    if (sent !== undefined) await take(flight, sent.outcome, sent.error);
    return isKnown;
  }

  /** Signs and journals the next attempt for the same nonce, and sends it. */
  async function attempt(flight: Flight, fees: Fees, purpose: TransactionAttempt["purpose"]): Promise<void> {
    const { record } = flight;
    const { nonce } = record;
    const settle = record.attempts.find((candidate) => candidate.purpose === "settle");
    const isCancel = purpose === "cancel" || settle === undefined;
    const body = isCancel ? await cancelBody() : bodyOf(settle.raw);
    const completions = isCancel ? [] : settle.completions;
    const signed = await signAttempt(
      { chainId, nonce, ...body, ...fees, purpose, completions },
      signer,
      keys,
    );
    update(flight, await journal.recordAttempt(keyOf(record), signed));
    begin(flight);
    await send(flight);
  }

  /** A transfer of nothing to oneself. */
  async function cancelBody(): Promise<TransactionBody> {
    const body = { to: signer.address, data: "0x", valueWei: 0n } as const;
    try {
      const gas = await rpc.estimateGas({ from: signer.address, ...body }, "latest");
      return { ...body, gasLimit: (gas * GAS_LIMIT_PERCENT) / 100n };
    } catch (error) {
      if (!isSendFailure(error)) throw error;
      return { ...body, gasLimit: CANCEL_GAS_LIMIT };
    }
  }

  function begin(flight: Flight): void {
    flight.sentAtMs = clock.monotonicMs();
    flight.sentAtBlock = height();
    flight.wantsRaise = false;
    flight.refusals = 0;
  }

  /** Whether a raise would break the day's limit. A cancel never does: without it all later nonces would stand still. */
  function overLimit({ record }: Flight, { maxFeePerGasWei }: Fees): Promise<PleiadError | undefined> {
    const { attempts, nonce } = record;
    const isSettlement = attempts.some(({ completions }) => completions.length > 0);
    return refusal({ costWei: newestOf(record).gasLimit * maxFeePerGasWei, isSettlement, nonce });
  }

  async function mootReason({ attempts }: TransactionRecord): Promise<JobFailure | undefined> {
    const settle = attempts.find(({ purpose }) => purpose === "settle");
    if (settle === undefined) return { code: "NONCE_GAP", message: "it only fills a gap" };
    const moot = await preparer.isMoot(bodyOf(settle.raw));
    return moot === undefined ? undefined : { code: moot.code, message: moot.message };
  }

  /** Why the nonce should be used up by a cancel instead of by what it was meant for. */
  async function reasonToCancel({ record, cancelReason, refusals }: Flight): Promise<JobFailure | undefined> {
    if (cancelReason !== undefined) return cancelReason;
    if (refusals >= REFUSALS_MAX)
      return { code: "SUBMISSION_REFUSED", message: "endpoints refuse to relay it" };
    const moot = await mootReason(record);
    if (moot !== undefined) return moot;
    const settles = record.attempts.filter(({ purpose }) => purpose === "settle");
    if (settles.length > RAISES_MAX)
      return { code: "NOT_MINED", message: `raised ${RAISES_MAX} times in vain` };
    return undefined;
  }

  return {
    of: flightOf,
    send,
    spread,
    async open(nonce, plan) {
      const market = await preparer.market();
      const before = await journal.get({ account: signer.address, nonce });
      // A nonce that was given up: its earlier bytes may still be about, so these have to outbid them.
      const fees =
        before === undefined ? (plan?.fees ?? firstFees(market)) : raisedFees(before.attempts, market);
      if (fees === undefined) throw feeAboveCeiling(market);
      const body = plan?.body ?? (await cancelBody());
      const purpose = plan === undefined ? "cancel" : "settle";
      const draft = {
        chainId,
        nonce,
        ...body,
        ...fees,
        purpose,
        completions: plan?.completions ?? [],
      } as const;
      const signed = await signAttempt(draft, signer, keys);
      const key = { account: signer.address, nonce };
      const flight = flightOf(await journal.recordIntended(key, signed, chainSeconds()));
      update(flight, flight.record);
      return flight;
    },
    mootReason: ({ record }) => mootReason(record),
    async look(flight) {
      flight.lookedAtMs = clock.monotonicMs();
      const { found, inclusion } = await inclusions.find(flight.record);
      if (inclusion !== undefined) update(flight, await journal.recordMined(keyOf(flight.record), inclusion));
      return found;
    },
    async finish(flight) {
      const { record } = flight;
      const { inclusion } = record;
      const head = chain.head();
      if (inclusion === null || head === undefined || clock.monotonicMs() < flight.judgedAgainAtMs) return;
      if (head.number - inclusion.blockNumber < BigInt(finalDepth) || !isSettled(inclusion)) return;
      const verdict = await inclusions.judge(record, inclusion);
      flight.judgedAgainAtMs = clock.monotonicMs() + LOOK_INTERVAL_MS;
      if (verdict === "alone") flight.aloneSinceMs ??= clock.monotonicMs();
      else flight.aloneSinceMs = undefined;
      const aloneMs = clock.monotonicMs() - (flight.aloneSinceMs ?? clock.monotonicMs());
      if (verdict === "final" || aloneMs >= FINAL_ALONE_MS)
        update(flight, await journal.recordFinal(keyOf(record)));
      else if (verdict === "gone") update(flight, await journal.recordUnmined(keyOf(record)));
    },
    async unmine(flight) {
      update(flight, await journal.recordUnmined(keyOf(flight.record)));
      flight.lookedAtMs = Number.NEGATIVE_INFINITY;
      begin(flight);
    },
    async raise(flight) {
      const { record } = flight;
      const market = await preparer.market();
      flight.cancelReason = await reasonToCancel(flight);
      const fees = raisedFees(record.attempts, market);
      if (fees === undefined || record.attempts.length >= TRANSACTION_ATTEMPTS_MAX) {
        begin(flight);
        return onAlert(feeAboveCeiling(market));
      }
      const over = flight.cancelReason === undefined ? await overLimit(flight, fees) : undefined;
      if (over !== undefined) {
        begin(flight);
        return onAlert(over);
      }
      await attempt(flight, fees, flight.cancelReason === undefined ? "settle" : "cancel");
    },
    async drop(flight, reason) {
      update(flight, await journal.recordCancelled(keyOf(flight.record), reason));
    },
    async replace(flight, reason) {
      update(flight, await journal.recordReplaced(keyOf(flight.record), reason));
    },
  };
}

/** The attempt that is to be sent. */
export function newestOf({ attempts }: TransactionRecord): TransactionAttempt {
  const newest = attempts.at(-1);
  if (newest === undefined) throw new Error("a transaction without an attempt");
  return newest;
}

export function keyOf({ account, nonce }: TransactionKey): TransactionKey {
  return { account, nonce };
}

/** One that a former life had begun to cancel goes on being cancelled. */
function cancelReasonOf(record: TransactionRecord): JobFailure | undefined {
  return newestOf(record).purpose === "settle"
    ? undefined
    : { code: "CANCELLED", message: "it was being cancelled" };
}

function refused(nonce: number, cause: PleiadError | undefined): PleiadError {
  const what = `no endpoint takes the transaction with nonce ${nonce}: ${cause?.message}`;
  return chainFailure("SUBMISSION_REFUSED", what, { details: { nonce, ...cause?.details }, cause });
}
