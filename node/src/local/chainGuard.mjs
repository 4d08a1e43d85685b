// Starts anvil and ends it when the process that asked for it is gone, however that ended: this guard's standard
// input is a pipe from there, and a pipe closes with its owner. Anvil is asked first (SIGTERM), as it writes its
// state on the way out. Plain JavaScript without imports of ours: it starts fast and cannot fail to parse.
//
// usage: node chainGuard.mjs ANVIL ARGUMENT...
import { spawn } from "node:child_process";

// Anvil writes a state of some hundred megabytes in this time.
const END_TIMEOUT_MS = 15_000;

const [program, ...args] = process.argv.slice(2);
const anvil = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
let ending = false;

function end() {
  if (ending) return;
  ending = true;
  anvil.kill("SIGTERM");
  setTimeout(() => anvil.kill("SIGKILL"), END_TIMEOUT_MS).unref();
}

process.stdin.on("end", end).on("close", end).on("error", end).resume();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, end);
anvil.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
anvil.on("exit", (code) => process.exit(ending ? 0 : (code ?? 1)));
