import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { createProjectFolders } from "../../../../node/src/agents/folders/folders.ts";

/** A daemon that merges with a gate of a shell's lines: `node gateChild.ts DATA PROJECT TAG-PREFIX SCRIPT`. */
const [, , data = "", project = "", tagPrefix = "", script = ""] = process.argv;
const folders = createProjectFolders(
  { folder: data, tagPrefix, gate: { argv: ["/bin/sh", "-c", script] } },
  { environment: process.env, logger: pino({ level: "silent" }) },
);
await folders.open();
const { path } = await folders.create({ agent: "alice", project });
writeFileSync(join(path, "new"), "new\n");
await folders.merge({ agent: "alice", target: "target" });
process.disconnect?.();
