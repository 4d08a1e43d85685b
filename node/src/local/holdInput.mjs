// Runs a program and keeps its standard input open for as long as a file is there: `npm run demo -- --kill-one` holds
// a job this way until its daemon has been killed. All other bytes pass through unchanged.
//
// usage: node holdInput.mjs HOLD_FILE PROGRAM ARGUMENT...
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

const POLL_MS = 25;

const [holdFile, program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["pipe", "inherit", "inherit"] });
child.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on("exit", (code) => process.exit(code ?? 1));
// A program that ends without reading is its own affair.
child.stdin.on("error", () => {});
process.stdin.on("data", (chunk) => child.stdin.write(chunk));
process.stdin.on("end", endWhenReleased);

function endWhenReleased() {
  if (existsSync(holdFile)) setTimeout(endWhenReleased, POLL_MS);
  else child.stdin.end();
}
