import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../node/src/local/nodeProcess.mjs";
import { type Figure, type PageBench, percentile } from "./measure.ts";

const PAGES = 10;
const LOADS = 10;
const NEWS = 20;
/** Blocks come every second meanwhile. Milliseconds. */
const REST_MS = 15_000;

/** A daemon at rest with none and with ten open pages, how soon the first screen is there, and how soon something new. */
export const restBench: PageBench = {
  name: "rest",
  about: `a made-up chain of 20 clusters and 100 executions with a block a second, ${PAGES} open pages`,
  async run(browser) {
    const daemon = fork(join(import.meta.dirname, "restDaemon.ts"), [], {
      execArgv: [...DAEMON_FLAGS],
      env: { ...process.env, ...DAEMON_ENVIRONMENT },
    });
    const exit = once(daemon, "exit");
    try {
      const { address } = await told<{ readonly address: string }>(daemon);
      return [
        ...(await loads(browser, address)),
        ...(await news(browser, address, daemon)),
        ...(await rest(browser, address, daemon)),
      ];
    } finally {
      if (daemon.connected) daemon.send("stop");
      await exit;
    }
  },
};

/** Each in a context of its own, so nothing is cached. */
async function loads(browser: Browser, address: string): Promise<readonly Figure[]> {
  const took: number[] = [];
  for (let load = 0; load < LOADS; load += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const begunAtMs = performance.now();
    await page.goto(address);
    await page.getByRole("link", { name: "Execution 100" }).first().waitFor();
    took.push(performance.now() - begunAtMs);
    await context.close();
  }
  return [
    { what: `from the address to the overview, median of ${LOADS}`, value: percentile(took, 50), unit: "ms" },
    { what: "from the address to the overview, the slowest", value: Math.max(...took), unit: "ms" },
  ];
}

/** From the daemon's knowing of a new execution to its standing on the page. Both run on this machine, so they have one wall clock. */
async function news(browser: Browser, address: string, daemon: ChildProcess): Promise<readonly Figure[]> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await page.getByText("Live", { exact: true }).waitFor();
  const took: number[] = [];
  for (let at = 0; at < NEWS; at += 1) {
    const name = `Execution ${1_000 + at}`;
    const shown = page.evaluate(
      (wanted) =>
        new Promise<number>((resolve) => {
          const look = (): void => {
            if (document.body.textContent?.includes(wanted) === true) resolve(Date.now());
            else requestAnimationFrame(look);
          };
          look();
        }),
      name,
    );
    daemon.send({ tell: 1_000 + at });
    const { toldAtMs } = await told<{ readonly toldAtMs: number }>(daemon);
    took.push((await shown) - toldAtMs);
  }
  await context.close();
  return [
    {
      what: `from the daemon's knowing to the page, median of ${NEWS}`,
      value: percentile(took, 50),
      unit: "ms",
    },
    {
      what: "from the daemon's knowing to the page, 95th percentile",
      value: percentile(took, 95),
      unit: "ms",
    },
  ];
}

async function rest(browser: Browser, address: string, daemon: ChildProcess): Promise<readonly Figure[]> {
  const alone = await coreShare(daemon);
  const context = await browser.newContext();
  for (let count = 0; count < PAGES; count += 1) {
    const page = await context.newPage();
    await page.goto(address);
    await page.getByText("Live", { exact: true }).waitFor();
  }
  const watched = await coreShare(daemon);
  await context.close();
  return [
    { what: "the daemon's share of a core, no page open", value: 100 * alone, unit: "%" },
    { what: `the daemon's share of a core, ${PAGES} pages open`, value: 100 * watched, unit: "%" },
  ];
}

async function coreShare(daemon: ChildProcess): Promise<number> {
  const usedMs = async (): Promise<number> => {
    daemon.send("cpu");
    return (await told<{ readonly cpuMs: number }>(daemon)).cpuMs;
  };
  const before = await usedMs();
  const begunAtMs = performance.now();
  await sleep(REST_MS);
  return ((await usedMs()) - before) / (performance.now() - begunAtMs);
}

async function told<Message>(daemon: ChildProcess): Promise<Message> {
  const [message] = (await once(daemon, "message")) as [Message];
  return message;
}
