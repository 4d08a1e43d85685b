import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../node/src/local/nodeProcess.mjs";
import { startBrowser } from "../../test/dashboard/support/browser.ts";

/** What is promised. */
const INTERACTION_MS_MAX = 100;
const TAB_MIB_MAX = 300;
const TERMINALS = 20;
const FLOOD_BYTES_PER_SECOND = 5_000_000;
/** Rounds of interactions, each of six. */
const ROUNDS = 40;
/** What the browser tells no figure of took less. */
const UNTOLD_MS = 16;
const MIB = 1_048_576;

export interface TerminalsFigures {
  readonly interactions: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly tabMib: number;
  readonly heapMib: number;
  readonly leftOutText: string;
  readonly isKept: boolean;
}

/**
 * Opens a page with 20 terminals of which one prints 5 MB a second, works with it, and tells how long the page took from each key and
 * click to what it drew next, as the browser itself tells it, and what memory the tab has of its own.
 */
export async function measureTerminals(browser: Browser): Promise<TerminalsFigures> {
  const daemon = fork(
    join(import.meta.dirname, "terminalsDaemon.ts"),
    [String(TERMINALS), String(FLOOD_BYTES_PER_SECOND)],
    { execArgv: [...DAEMON_FLAGS], env: { ...process.env, ...DAEMON_ENVIRONMENT } },
  );
  const exit = once(daemon, "exit");
  try {
    const [{ address }] = (await once(daemon, "message")) as [{ readonly address: string }];
    // Room for all, so that all are drawn.
    const context = await browser.newContext({ viewport: { width: 1920, height: 2_200 } });
    const page = await context.newPage();
    await page.goto(address);
    await page.getByText("Too fast to draw").first().waitFor();
    await page
      .locator(".terminals-pane", { hasText: "Live" })
      .nth(TERMINALS - 2)
      .waitFor();
    const times = await interact(page);
    const sorted = times.toSorted((one, other) => one - other);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    const tabMib = (await tabBytes(browser)) / MIB;
    const leftOutText = (await page.getByText("left out so far").textContent()) ?? "";
    const heap = await page.context().newCDPSession(page);
    await heap.send("Performance.enable");
    const { metrics } = await heap.send("Performance.getMetrics");
    const heapMib = (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / MIB;
    await context.close();
    return {
      interactions: times.length,
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      maxMs: at(1),
      tabMib: Math.round(tabMib),
      heapMib: Math.round(heapMib),
      leftOutText: /[\d.]+ \w+ characters/.exec(leftOutText)?.[0] ?? "",
      isKept: at(0.95) <= INTERACTION_MS_MAX && tabMib <= TAB_MIB_MAX,
    };
  } finally {
    if (daemon.connected) daemon.send({ stop: true });
    await exit;
  }
}

/** What the browser tells of a key or click. */
interface EventEntry {
  readonly duration: number;
  readonly interactionId?: number;
}

/** Keys and clicks as of a person at work; how long each took. */
async function interact(page: Page): Promise<readonly number[]> {
  await page.evaluate(() => {
    const told = new Map<number, number>();
    (globalThis as { told?: Map<number, number> }).told = told;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as readonly EventEntry[]) {
        const id = entry.interactionId ?? 0;
        if (id > 0) told.set(id, Math.max(told.get(id) ?? 0, entry.duration));
      }
    }).observe({ type: "event", durationThreshold: 16 } as never);
  });
  let count = 0;
  const did = async (act: Promise<unknown>): Promise<void> => {
    await act;
    count += 1;
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = `agent-${round % TERMINALS}`;
    const pane = page.getByRole("region", { name, exact: true });
    await did(page.keyboard.press(String(1 + (round % 9))));
    await did(page.keyboard.press("]"));
    await did(pane.locator(".xterm-screen").click());
    await did(pane.locator("summary").click());
    await did(page.keyboard.press("Escape"));
    await did(page.keyboard.press("PageUp"));
  }
  // The browser tells of them a moment later.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  const told = await page.evaluate(() => [
    ...((globalThis as { told?: Map<number, number> }).told?.values() ?? []),
  ]);
  return [...told, ...Array.from({ length: Math.max(0, count - told.length) }, () => UNTOLD_MS)];
}

/** What the largest of the browser's tabs has of its own: shared libraries and the program's text are not counted. */
async function tabBytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const tabs = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => ownBytes(id));
  if (tabs.length === 0) throw new Error("the browser tells of no process of a tab");
  return Math.max(...tabs);
}

function ownBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  return (kib("RssAnon") + kib("VmSwap")) * 1_024;
}

/** `node scripts/dashboard/terminals.ts [--json]` */
if (import.meta.main) {
  const isJson = process.argv.includes("--json");
  const browser = await startBrowser();
  try {
    const before = {
      cores: availableParallelism(),
      load: Number((loadavg()[0] ?? 0).toFixed(1)),
      node: process.version,
    };
    const figures = await measureTerminals(browser);
    if (isJson) console.log(JSON.stringify({ before, ...figures }));
    else {
      const { interactions, p50Ms, p95Ms, maxMs, tabMib, heapMib, leftOutText, isKept } = figures;
      console.log(
        `${TERMINALS} terminals, one at ${FLOOD_BYTES_PER_SECOND / 1e6} MB/s; ${before.cores} cores, load ${before.load}, ${before.node}\n` +
          `${interactions} interactions: half within ${p50Ms} ms, 95 % within ${p95Ms} ms (at most ${INTERACTION_MS_MAX}), all within ${maxMs} ms\n` +
          `tab: ${tabMib} MiB of its own (at most ${TAB_MIB_MAX}), ${heapMib} MiB of them scripts' values; ${leftOutText} left out\n` +
          `${isKept ? "kept" : "NOT KEPT"}`,
      );
    }
    process.exitCode = figures.isKept ? 0 : 1;
  } finally {
    await browser.close();
  }
}
