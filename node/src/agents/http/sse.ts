const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Finds the events in a stream of bytes. */
export interface EventReader {
  /** Takes bytes as they come; gives the data of each event that is complete, as bytes. */
  take(chunk: Buffer): Buffer[];
  /** Bytes of an event that is not complete. */
  readonly pendingBytes: number;
}

/**
 * Reads server-sent events as the HTML standard defines them (`text/event-stream`), as far as data goes: names of
 * events, ids and comments are passed over, since every API says in the data what an event is.
 */
export function createEventReader(): EventReader {
  /** The line that is under way. */
  let line: Buffer[] = [];
  let lineBytes = 0;
  let data: Buffer[] = [];
  let dataBytes = 0;
  let endedWithReturn = false;

  const endLine = (events: Buffer[]): void => {
    const text = line.length === 1 && line[0] !== undefined ? line[0] : Buffer.concat(line);
    line = [];
    lineBytes = 0;
    if (text.length === 0) {
      if (data.length > 0) events.push(joinLines(data));
      data = [];
      dataBytes = 0;
      return;
    }
    const value = dataOf(text);
    if (value === undefined) return;
    data.push(value);
    dataBytes += value.length + 1;
  };

  return {
    get pendingBytes() {
      return lineBytes + dataBytes;
    },
    take(chunk) {
      const events: Buffer[] = [];
      let at = endedWithReturn && chunk[0] === LINE_FEED ? 1 : 0;
      if (chunk.length > 0) endedWithReturn = false;
      while (at < chunk.length) {
        const end = lineEnd(chunk, at);
        const piece = chunk.subarray(at, end < 0 ? chunk.length : end);
        if (piece.length > 0) line.push(piece);
        lineBytes += piece.length;
        if (end < 0) break;
        endLine(events);
        at = end + 1;
        if (chunk[end] !== CARRIAGE_RETURN) continue;
        // A return and a feed are one line end, also where they come apart.
        if (at === chunk.length) endedWithReturn = true;
        else if (chunk[at] === LINE_FEED) at += 1;
      }
      return events;
    },
  };
}

function lineEnd(chunk: Buffer, from: number): number {
  const feed = chunk.indexOf(LINE_FEED, from);
  const before = feed < 0 ? chunk : chunk.subarray(0, feed);
  const carriageReturn = before.indexOf(CARRIAGE_RETURN, from);
  return carriageReturn < 0 ? feed : carriageReturn;
}

/** The value of a line `data: …`; undefined for any other. */
function dataOf(line: Buffer): Buffer | undefined {
  if (line.toString("latin1", 0, 4) !== "data") return undefined;
  if (line.length === 4) return line.subarray(4);
  if (line[4] !== 0x3a) return undefined;
  return line.subarray(line[5] === 0x20 ? 6 : 5);
}

function joinLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from("\n"), line])));
}
