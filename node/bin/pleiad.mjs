#!/usr/bin/env node
// Starts the command line under the Node.js that the project pins (the npm package `node`), whichever Node.js the
// shell found: TypeScript runs directly from 24 on. Plain JavaScript, so that any Node.js can read it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  keepCompiled,
  leaveStripperBehind,
  startsDaemon,
  takeDaemonFlags,
} from "../src/local/nodeProcess.mjs";

const NODE_MAJOR_MIN = 24;
const program = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);

if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) {
  const isDaemon = startsDaemon(args);
  if (isDaemon) takeDaemonFlags(program, args);
  // Beside the code: whoever may write there may change the code as well.
  keepCompiled(fileURLToPath(new URL("../../node_modules/.cache/pleiad", import.meta.url)));
  const { main } = await import("../src/cli/main.ts");
  if (isDaemon) {
    await import("../src/cli/commands/nodeStart.ts");
    leaveStripperBehind(program, args);
  }
  await main(args);
} else {
  const pinned = findPinned(dirname(program));
  if (pinned === undefined) {
    console.error(
      `pleiad needs Node.js ${NODE_MAJOR_MIN}; this is ${process.versions.node}, and the package "node" is not installed. Run "npm start" once in the project's folder.`,
    );
    process.exit(1);
  }
  const child = spawn(pinned, [program, ...args], { stdio: "inherit" });
  // The terminal sends its signals to the whole group; those sent to this process alone are passed on.
  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"])
    process.on(signal, () => signal === "SIGINT" || child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 128));
}

/** The pinned Node.js in the nearest node_modules above `folder`. */
function findPinned(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, "node_modules", "node", "bin", "node");
    if (existsSync(candidate)) return candidate;
    if (at === dirname(at)) return undefined;
  }
}
