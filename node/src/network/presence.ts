import { EventEmitter } from "node:events";
import type { Hex } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import type { KnownCertificate } from "./certificateBook.ts";
import { type Clock, repeat } from "./clock.ts";
import {
  HEARTBEAT_EXTRA_MS,
  HEARTBEAT_MS,
  HEARTBEAT_NEWS_MS,
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
  /** When it was last heard of as one that has just come. */
  newsMs: number;
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
  modules: { readonly clock: Clock; readonly random: () => number; readonly beat: () => void },
): PresenceKeeper {
  const { clock, beat } = modules;
  const heard = createBoundedMap<bigint, Heard>({ entriesMax: PRESENCE_NODES_MAX }, { clock });
  const events = new EventEmitter<{ up: [node: bigint]; down: [node: bigint] }>();
  const cancels: (() => void)[] = [];
  let cancelGreeting: (() => void) | undefined;
  let cancelNews: (() => void) | undefined;
  /** When a node was last heard of that has just come. */
  let newsMs = Number.NEGATIVE_INFINITY;
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
   * A node that has come knows only its neighbours, who greeted it; the others tell it of themselves now. At times drawn by lot,
   * so that many nodes do not all speak at once, and once for all who come within that time.
   */
  function tellNews(): void {
    newsMs = clock.monotonicMs();
    if (stopped || cancelNews !== undefined) return;
    cancelNews = clock.after(modules.random() * HEARTBEAT_NEWS_MS, () => {
      cancelNews = undefined;
      if (beatMs <= newsMs) beatNow();
    });
  }

  /** Whether a node has just come, or come again: once in `PRESENCE_TIMEOUT_MS`, whatever it says of when it started. */
  function isNews(known: Heard | undefined, message: PresenceMessage): boolean {
    if (known === undefined) return true;
    const isOther = !known.isUp || known.message.startedAt !== message.startedAt;
    return isOther && clock.monotonicMs() - known.newsMs >= PRESENCE_TIMEOUT_MS;
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
      cancelNews?.();
    },
    take(message, sender) {
      const { node, notBefore } = sender.certificate;
      if (node === options.node) return false;
      const known = heard.get(node);
      if (known !== undefined && !isNewer(known, message, sender)) return false;
      const nowMs = clock.monotonicMs();
      const hasCome = isNews(known, message);
      heard.set(node, {
        certificate: sender.digest,
        notBefore,
        message,
        heardMs: nowMs,
        newsMs: hasCome ? nowMs : (known?.newsMs ?? nowMs),
        isUp: true,
      });
      if (hasCome) tellNews();
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
