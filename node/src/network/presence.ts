import { EventEmitter } from "node:events";
import type { Hex } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import type { KnownCertificate } from "./certificateBook.ts";
import { type Clock, repeat } from "./clock.ts";
import {
  HEARTBEAT_EXTRA_MS,
  HEARTBEAT_MS,
  PRESENCE_NODES_MAX,
  PRESENCE_SWEEP_MS,
  PRESENCE_TIMEOUT_MS,
} from "./limits.ts";
import type { PresenceMessage } from "./presenceMessage.ts";
import type { Presence } from "./types.ts";

interface Heard {
  certificate: Hex;
  notBefore: bigint;
  message: PresenceMessage;
  heardMs: number;
  isUp: boolean;
}

/** Who is up: kept from heartbeats, by a clock that only grows. */
export interface PresenceKeeper extends Presence {
  start(): void;
  stop(): void;
  /** Takes a heartbeat; false when it is not newer than what is known. */
  take(message: PresenceMessage, sender: KnownCertificate): boolean;
  /** Somebody new listens: let it hear of this node before the next regular heartbeat. */
  greet(): void;
}

/**
 * @param options.node this node, which is not listed
 * @param modules.beat sends a heartbeat; called at the start and every `HEARTBEAT_MS`
 */
export function createPresence(
  options: { readonly node: bigint },
  modules: { readonly clock: Clock; readonly beat: () => void },
): PresenceKeeper {
  const { clock, beat } = modules;
  const heard = createBoundedMap<bigint, Heard>({ entriesMax: PRESENCE_NODES_MAX }, { clock });
  const events = new EventEmitter<{ up: [node: bigint]; down: [node: bigint] }>();
  const cancels: (() => void)[] = [];
  let cancelGreeting: (() => void) | undefined;
  let beatMs = Number.NEGATIVE_INFINITY;
  let stopped = false;

  function beatNow(): void {
    beatMs = clock.monotonicMs();
    beat();
  }

  function sweep(): void {
    for (const [node, entry] of [...heard.entries()]) {
      if (!entry.isUp || clock.monotonicMs() - entry.heardMs < PRESENCE_TIMEOUT_MS) continue;
      entry.isUp = false;
      events.emit("down", node);
    }
  }

  /**
   * Heartbeats of one certificate count up; while a node is up, an older certificate is an old message. Once it is
   * down, any certificate that holds will do: a daemon that starts again after its clock was set back has an older one.
   */
  function isNewer(known: Heard, message: PresenceMessage, sender: KnownCertificate): boolean {
    if (known.certificate === sender.digest) return message.sequence > known.message.sequence;
    return !known.isUp || sender.certificate.notBefore >= known.notBefore;
  }

  return {
    start() {
      cancels.push(repeat(clock, HEARTBEAT_MS, beatNow), repeat(clock, PRESENCE_SWEEP_MS, sweep));
      beatNow();
    },
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      cancelGreeting?.();
    },
    take(message, sender) {
      const { node, notBefore } = sender.certificate;
      if (node === options.node) return false;
      const known = heard.get(node);
      if (known !== undefined && !isNewer(known, message, sender)) return false;
      heard.set(node, {
        certificate: sender.digest,
        notBefore,
        message,
        heardMs: clock.monotonicMs(),
        isUp: true,
      });
      if (known?.isUp !== true) events.emit("up", node);
      return true;
    },
    greet() {
      if (stopped || cancelGreeting !== undefined) return;
      const waitMs = Math.max(0, beatMs + HEARTBEAT_EXTRA_MS - clock.monotonicMs());
      cancelGreeting = clock.after(waitMs, () => {
        cancelGreeting = undefined;
        beatNow();
      });
    },
    list: () =>
      [...heard.entries()]
        .filter(([, entry]) => entry.isUp)
        .map(([node, entry]) => ({
          node,
          certificate: entry.certificate,
          models: entry.message.models,
          startedAt: entry.message.startedAt,
          silentMs: clock.monotonicMs() - entry.heardMs,
        })),
    on(event, handler) {
      events.on(event, handler);
      return () => events.off(event, handler);
    },
  };
}
