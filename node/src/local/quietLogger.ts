import { type Logger, pino } from "pino";

/** For commands that use a part of the daemon: what it says in its log, they say as their own error. */
export function quietLogger(): Logger {
  return pino({ level: "silent" });
}
