import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Clock, sleep } from "./clock.ts";
import { reasonOf } from "./errors.ts";
import { REDIAL_MAX_MS, REDIAL_MIN_MS } from "./limits.ts";

/** Keeps a connection to each address of the bootstrap list. */
export interface Redialer {
  start(): void;
  stop(): void;
}

/**
 * Dials each address, waits while its peer is there, and dials again when it is not: after `REDIAL_MIN_MS`, doubled
 * with each failure up to `REDIAL_MAX_MS`, each time spread by half to both sides, so that daemons that lost each
 * other at once do not meet in lockstep.
 *
 * @param modules.dial answers the peer's id when it is certified. @throws PleiadError
 * @param modules.whenLost answers when this peer is gone or the signal ends
 * @param modules.random a number from 0 to below 1
 */
export function createRedialer(
  options: { readonly addresses: readonly string[] },
  modules: {
    readonly dial: (address: string, signal: AbortSignal) => Promise<string>;
    readonly whenLost: (peer: string, signal: AbortSignal) => Promise<void>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly random: () => number;
  },
): Redialer {
  const { dial, whenLost, clock, logger, random } = modules;
  const ended = new AbortController();

  async function keep(address: string): Promise<void> {
    const { signal } = ended;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const peer = await dial(address, signal);
        failures = 0;
        await whenLost(peer, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof PleiadError)) throw error;
        failures++;
        // The first is news; the rest would fill the log while a peer is away.
        logger[failures === 1 ? "info" : "debug"](
          { address, failures, ...reasonOf(error) },
          "bootstrap peer not reached",
        );
        if (error.code === "PEER_IS_SELF") return;
      }
      await sleep(clock, redialDelayMs(failures, random()), signal);
    }
  }

  return {
    start() {
      for (const address of options.addresses) void keep(address);
    },
    stop: () => ended.abort(),
  };
}

/** @param failures in a row; @param lot from 0 to below 1 */
export function redialDelayMs(failures: number, lot: number): number {
  const meanMs = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** Math.max(0, failures - 1));
  return meanMs * (0.5 + lot);
}
