import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../node/src/local/nodeProcess.mjs";
import { type Figure, inputFigures, memoryFigures, type PageBench } from "./measure.ts";

const TERMINALS = 20;
const FLOOD_BYTES_PER_SECOND = 5_000_000;
/** Rounds of interactions, each of six. */
const ROUNDS = 40;
/** What the browser tells no figure of took less. */
const UNTOLD_MS = 16;
const MIB = 1_048_576;

/**
 * Opens a page with 20 terminals of which one prints 5 MB a second, works with it, and tells how long the page took from each key and
 * click to what it drew next, as the browser itself tells it, and what memory the tab has of its own.
 */
export const terminalsBench: PageBench = {
  name: "terminals",
  about: `${TERMINALS} terminals, of which one prints ${FLOOD_BYTES_PER_SECOND / 1e6} MB a second`,
  run: measure,
};

async function measure(browser: Browser): Promise<readonly Figure[]> {
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
    const tabMb = (await tabBytes(browser)) / MIB;
    const leftOut = /[\d.]+ \w+ characters/.exec(
      (await page.getByText("left out so far").textContent()) ?? "",
    )?.[0];
    if (leftOut === undefined) throw new Error("nothing was left out: it was no flood");
    const memory = await memoryFigures(browser, page);
    await context.close();
    return [
      ...inputFigures("a key or click to what is drawn next", times),
      { what: "memory of the tab's process, of its own", value: tabMb, unit: "MB" },
      ...memory,
    ];
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
