/**
 * The measured daemon: its API over a made-up chain, with terminals that print. `terminalsDaemon.ts COUNT BYTES_PER_SECOND`; the first
 * prints as much as it may, the others a line a second. Tells its parent `{address}`, and stops when the parent says so.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TerminalEnd, TerminalSource } from "../../node/src/agents/terminals/source.ts";
import { startWorld } from "../../test/dashboard/support/daemon.ts";

const [count = "20", bytesPerSecond = "5000000"] = process.argv.slice(2);
/** So often the flood goes on. */
const PIECE_MS = 10;
const LINE_MS = 1_000;

const world = await startWorld({
  workspace: { as: () => ({ readRules: async () => ({}) }), clusters: () => [], onChange: () => () => {} },
});
const stop = new AbortController();
const { terminals } = world.api();
for (let index = 0; index < Number(count); index += 1) {
  const piece =
    index === 0
      ? { everyMs: PIECE_MS, bytes: (Number(bytesPerSecond) * PIECE_MS) / 1_000 }
      : { everyMs: LINE_MS, bytes: 80 };
  await terminals.open({
    cluster: 1n,
    name: `agent-${index}`,
    source: printing(piece),
    size: { columns: 100, rows: 30 },
  });
}
const names = Array.from({ length: Number(count) }, (_, index) => `agent-${index}`).join(",");
process.send?.({ address: await world.address("act", `/ui/clusters/1/terminals?show=${names}`) });
process.on("message", async () => {
  stop.abort();
  await world.close();
  process.disconnect();
});

/** Prints so many bytes of coloured lines so often, unless it is held up. */
function printing({ everyMs, bytes }: { readonly everyMs: number; readonly bytes: number }): TerminalSource {
  let isPaused = false;
  let line = 0;
  return {
    kind: "program",
    begin(print) {
      void (async () => {
        let startedAt = performance.now();
        let printed = 0;
        while (!stop.signal.aborted) {
          // As much as is due, however late this comes to its turn; what it could not print while held up is not made up for.
          const due = ((performance.now() - startedAt) / everyMs) * bytes;
          if (isPaused || due - printed > bytes * 20) {
            startedAt = performance.now();
            printed = 0;
          }
          if (!isPaused)
            while (printed < due) {
              line += 1;
              const text = `\u001b[3${line % 8}m${String(line).padStart(9, "0")}\u001b[0m ${"some words of a build ".repeat(3)}\r\n`;
              print(Buffer.from(text));
              printed += text.length;
            }
          await sleep(everyMs);
        }
      })();
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    type() {},
    answer() {},
    resize() {},
    ended: new Promise<TerminalEnd>(() => {}),
  };
}
