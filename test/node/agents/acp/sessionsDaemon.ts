/**
 * A daemon for tests: `sessionsDaemon.ts SCRATCH TAG_PREFIX COUNT LOG` keeps sessions with agents that have tools and children,
 * and whose turns do not end. Then it waits for its own end.
 */
import { keepBusy } from "./busySession.ts";

const [scratchFolder = "", tagPrefix = "", count = "", log = ""] = process.argv.slice(2);
await Promise.all(
  Array.from({ length: Number(count) }, (_, at) =>
    keepBusy({ scratchFolder, tagPrefix, name: String(at), log }),
  ),
);
