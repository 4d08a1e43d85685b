import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { agreedText, askEvery } from "./everyEndpoint.ts";
import type { TransactionAttempt } from "./journal.ts";
import type { Rpc } from "./rpc.ts";
import { isSendFailure, type SendOutcome, sendOutcomeOf } from "./sendOutcome.ts";

/** What came of handing bytes over, and why they were not taken. */
export interface Sent {
  readonly outcome: SendOutcome;
  readonly error: PleiadError | undefined;
}

type Bytes = Pick<TransactionAttempt, "hash" | "raw">;
type Taker = Pick<Rpc, "sendRawTransaction">;

/** Outcomes that decide nothing for good: where one endpoint says so the others are not asked. */
const HARMLESS: ReadonlySet<SendOutcome> = new Set(["taken", "unknown", "waiting"]);

/** Hands signed bytes to endpoints, the same ones as often as need be. */
export interface SendBytes {
  /** To the endpoint that is well. Where it will not have them the others are asked, and what most say counts. */
  send(bytes: Bytes): Promise<Sent>;
  /**
   * To each endpoint that does not know them: one that swallowed them keeps them from nobody.
   *
   * @returns whether any of them knew them, and what came of it for those that did not
   */
  spread(bytes: Bytes): Promise<{ readonly isKnown: boolean; readonly sent: Sent | undefined }>;
}

export function createSendBytes(modules: { readonly rpc: Rpc; readonly logger: Logger }): SendBytes {
  const { rpc, logger } = modules;

  async function handTo(endpoint: Taker, { hash, raw }: Bytes): Promise<Sent> {
    try {
      const answered = await endpoint.sendRawTransaction(raw);
      if (answered !== hash) {
        const what = "the endpoint answered another transaction's hash";
        logger.warn({ hash, answered, limitAs: "answered" }, what);
      }
      return { outcome: "taken", error: undefined };
    } catch (error) {
      if (!isSendFailure(error)) throw error;
      const outcome = sendOutcomeOf(error);
      logger.debug({ hash, outcome, code: error.code, message: error.message }, "not sent");
      return { outcome, error };
    }
  }

  /** Taken by one is taken, and what may have landed has; of what else they say that of most counts. */
  function resultOf(all: readonly Sent[]): Sent {
    const outcomes = all.map((one) => one.outcome);
    const landed = (["taken", "unknown"] as const).find((outcome) => outcomes.includes(outcome));
    const outcome = landed ?? outcomes.find((one) => one === agreedText(outcomes)) ?? "waiting";
    return { outcome, error: all.find((one) => one.outcome === outcome)?.error };
  }

  return {
    async send(bytes) {
      const first = await handTo(rpc, bytes);
      if (rpc.health().length === 1 || HARMLESS.has(first.outcome)) return first;
      return resultOf(await askEvery(rpc, (endpoint) => handTo(endpoint, bytes)));
    },
    async spread(bytes) {
      const all = await askEvery(rpc, async (endpoint) => {
        if (await endpoint.knowsTransaction(bytes.hash)) return undefined;
        return handTo(endpoint, bytes);
      });
      const sent = all.filter((one) => one !== undefined);
      const isKnown = sent.length < all.length;
      return { isKnown, sent: isKnown || sent.length === 0 ? undefined : resultOf(sent) };
    },
  };
}
