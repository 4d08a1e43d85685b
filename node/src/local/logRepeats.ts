/** A line that was written is not written again for so long. Milliseconds. */
export const LOG_REPEAT_INTERVAL_MS = 60_000;
/** Lines that are remembered for that: more different warnings a minute have no equals to speak of. */
export const LOG_REPEATS_REMEMBERED_MAX = 1_024;

/** The arguments of a call of the logger, as pino hands them on. */
export type LogArguments = readonly unknown[];

/**
 * Keeps lines that say the same from filling the log: the first is written, and at the end of each interval the last of
 * those held back, with their number.
 */
export interface LogRepeats {
  /** Whether a line is to be written now; `write` may be called with it later. */
  isNew(level: string, args: LogArguments, write: (args: LogArguments) => void): boolean;
  /** Writes what was held back for long enough: to be called with each line, of whatever level. */
  tell(): void;
}

interface Known {
  /** When its interval ends, by the monotonic clock, in milliseconds. */
  readonly untilMs: number;
  suppressed: number;
  /** Writes the last one that was held back. */
  write: () => void;
}

/**
 * Two lines are equal when level, words and all fields are; or, where a line has the field `limitAs`, when that is:
 * for those that name another block or transaction each time.
 */
export function createLogRepeats(modules: { readonly nowMs: () => number }): LogRepeats {
  const { nowMs } = modules;
  /** In the order in which their intervals end. */
  const known = new Map<string, Known>();

  /** The interval of a line that is written now. */
  function begin(key: string): void {
    const line: Known = { untilMs: nowMs() + LOG_REPEAT_INTERVAL_MS, suppressed: 0, write: () => undefined };
    known.delete(key);
    const [oldest] = known.entries();
    if (known.size >= LOG_REPEATS_REMEMBERED_MAX && oldest !== undefined) end(...oldest);
    known.set(key, line);
  }

  function end(key: string, { suppressed, write }: Known): void {
    known.delete(key);
    if (suppressed > 0) write();
  }

  return {
    isNew(level, args, write) {
      const key = `${level} ${nameOf(args)}`;
      const line = known.get(key);
      if (line === undefined) {
        begin(key);
        return true;
      }
      line.suppressed += 1;
      line.write = () => write(withCount(args, line.suppressed));
      return false;
    },
    tell() {
      for (const [key, line] of known) {
        if (line.untilMs > nowMs()) return;
        end(key, line);
        if (line.suppressed > 0) begin(key);
      }
    },
  };
}

function fieldsOf([first]: LogArguments): Readonly<Record<string, unknown>> {
  return typeof first === "object" && first !== null ? (first as Readonly<Record<string, unknown>>) : {};
}

function nameOf(args: LogArguments): string {
  const { limitAs } = fieldsOf(args);
  const words = typeof args[0] === "string" ? args[0] : args[1];
  if (typeof limitAs === "string") return `${limitAs} ${String(words)}`;
  return args.map(textOf).join(" ");
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null || value instanceof Error) return String(value);
  try {
    return JSON.stringify(value, (_key, inner: unknown) => {
      if (inner instanceof Error) return String(inner);
      return typeof inner === "bigint" ? `${inner}n` : inner;
    });
  } catch {
    // It refers to itself, or is made not to be read. Its words have to do.
    return "";
  }
}

function withCount(args: LogArguments, suppressed: number): LogArguments {
  const [first, ...rest] = args;
  if (typeof first !== "object" || first === null) return [{ suppressed }, ...args];
  return [first instanceof Error ? { err: first, suppressed } : { ...first, suppressed }, ...rest];
}
