import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";
import { SESSION_EVENT_CHARS_MAX, SESSION_EVENTS_MAX } from "../face/limits.ts";

interface StoredEvent {
  readonly number: number;
  readonly stream: string;
  readonly message: JSONRPCMessage;
  readonly chars: number;
}

/**
 * The last messages of one session, for a client that lost its connection and asks for what came after. What is pushed out
 * is lost to it: a notice says that something changed, and the client reads it anew.
 */
export function createEventStore(): EventStore {
  const events: StoredEvent[] = [];
  let chars = 0;
  let next = 1;

  return {
    async storeEvent(stream, message) {
      const size = JSON.stringify(message).length;
      const event = { number: next, stream, message, chars: size };
      next += 1;
      events.push(event);
      chars += size;
      while (events.length > SESSION_EVENTS_MAX || chars > SESSION_EVENT_CHARS_MAX) {
        const dropped = events.shift();
        if (dropped === undefined) break;
        chars -= dropped.chars;
      }
      return idOf(event);
    },
    async getStreamIdForEventId(id) {
      return streamOf(id);
    },
    async replayEventsAfter(id, { send }) {
      const stream = streamOf(id);
      const number = Number(id.slice(0, id.indexOf("~")));
      if (stream === undefined || !Number.isSafeInteger(number)) throw new Error("that is no id of an event");
      // A priming event holds nothing.
      for (const event of events.filter((one) => one.stream === stream && one.number > number))
        if (Object.keys(event.message).length > 0) await send(idOf(event), event.message);
      return stream;
    },
  };
}

function idOf({ number, stream }: Pick<StoredEvent, "number" | "stream">): string {
  return `${number}~${stream}`;
}

function streamOf(id: string): string | undefined {
  const at = id.indexOf("~");
  return at < 1 ? undefined : id.slice(at + 1);
}
