// A terminal for one agent, held by its guard process: the daemon's death closes it, and the guard ends what ran in it.
// The package's own class for this throws away what is unread 200 ms after the program's end, which a busy machine needs
// longer for; so its native part is called here, and what it opens is read to the end.
import { accessSync, constants, statSync } from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { join } from "node:path";
import { ReadStream } from "node:tty";

const require = createRequire(import.meta.url);
const { requireBinary } = require("@lydell/node-pty/requireBinary.js");

/** How long nothing may come before the end of the output is given up: somebody fled and holds the terminal open. */
const STILL_MS = 300;
/** How long a daemon that is slow to show what was printed may take for the end of it. */
const DRAIN_MS = 10_000;
/** How often it looks. */
const POLL_MS = 10;

/**
 * Starts the order's program in a terminal: what it prints goes to descriptor 1, what comes from descriptor 0 is typed.
 *
 * @throws the system's error where the program cannot be started
 */
export function openTerminal(order, onExit) {
  const native = requireBinary("pty.node");
  const program = executable(order.program, order.environment.PATH ?? "");
  requireFolder(order.workFolder);
  const environment = Object.entries(order.environment).map(([name, value]) => `${name}=${value}`);
  const { columns, rows } = order.terminal;
  const { fd, pid } = native.fork(
    program,
    order.args,
    environment,
    order.workFolder,
    columns,
    rows,
    -1,
    -1,
    true,
    helperProgram(),
    (code, signal) => onExit(signal === 0 ? code : null, signal === 0 ? null : signalName(signal)),
  );
  const master = new ReadStream(fd);
  const output = new Socket({ fd: 1, readable: false, writable: true });
  const input = new Socket({ fd: 0, readable: true, writable: false });
  let isOver = false;
  let movedAt = performance.now();
  const over = () => {
    isOver = true;
  };
  // EIO: no process has the terminal open any more. What it is of the others, the daemon's end will say.
  master.on("error", over);
  master.on("close", over);
  output.on("error", over);
  input.on("error", () => {});
  master.on("data", (chunk) => {
    movedAt = performance.now();
    // A daemon that does not read holds up the program, not this process.
    if (!output.write(chunk)) master.pause();
  });
  output.on("drain", () => {
    movedAt = performance.now();
    master.resume();
  });
  input.on("data", (chunk) => {
    if (isOver) return;
    if (!master.write(chunk)) input.pause();
  });
  master.on("drain", () => input.resume());
  return {
    pid,
    resize([newColumns, newRows]) {
      if (!isOver) native.resize(fd, newColumns, newRows);
    },
    /** Settles once all that was printed is with the daemon, or does not get there. */
    async drained() {
      const deadline = performance.now() + DRAIN_MS;
      movedAt = performance.now();
      while (performance.now() < deadline && !output.destroyed) {
        const isTaken = output.writableLength === 0;
        if (isTaken && (isOver || performance.now() - movedAt >= STILL_MS)) return;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}

/** The native part starts a process first and fails in it, where nobody hears of it: so it is looked at before. */
function executable(program, path) {
  if (program.includes("/")) {
    accessSync(program, constants.X_OK);
    return program;
  }
  for (const folder of path.split(":")) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // In the next folder, perhaps.
    }
  }
  throw Object.assign(new Error(`${program} is in no folder of PATH`), { code: "ENOENT" });
}

function requireFolder(folder) {
  if (!statSync(folder).isDirectory())
    throw Object.assign(new Error(`${folder} is no folder`), { code: "ENOTDIR" });
}

/** On macOS a little program of the package's opens the terminal. */
function helperProgram() {
  if (process.platform !== "darwin") return "";
  return require.resolve(`@lydell/node-pty-${process.platform}-${process.arch}/spawn-helper`);
}

function signalName(number) {
  const { signals } = require("node:os").constants;
  return Object.keys(signals).find((name) => signals[name] === number) ?? String(number);
}
