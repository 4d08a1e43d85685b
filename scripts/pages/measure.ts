import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";

const MIB = 1_048_576;

/** A figure with its unit: what was measured, in words. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "MB" | "%" | "frames/s";
}

/** One view that is measured: `bench-dashboard.ts` runs all of them, one after the other. */
export interface PageBench {
  readonly name: string;
  /** What is made up, in words. */
  readonly about: string;
  run(browser: Browser): Promise<readonly Figure[]>;
}

/**
 * Notes in the page how long each input takes: from when the browser had it to after the frame that shows what came of it.
 *
 * @param types of events
 */
export async function noteInputs(page: Page, types: readonly string[]): Promise<void> {
  await page.evaluate((wanted) => {
    const spans: number[] = [];
    Object.assign(globalThis, { spans });
    const channel = new MessageChannel();
    let shown: (() => void)[] = [];
    channel.port1.onmessage = () => {
      for (const one of shown.splice(0)) one();
    };
    for (const type of wanted) {
      addEventListener(
        type,
        ({ timeStamp }) => {
          requestAnimationFrame(() => {
            shown = [...shown, () => spans.push(performance.now() - timeStamp)];
            // After the frame is drawn.
            channel.port2.postMessage(0);
          });
        },
        { capture: true, passive: true },
      );
    }
  }, types);
}

/** What was noted since the last time, in milliseconds. */
export async function notedInputs(page: Page): Promise<readonly number[]> {
  // What came last is noted with the second frame from now at the latest.
  return page.evaluate(async () => {
    for (let count = 0; count < 3; count += 1) await new Promise(requestAnimationFrame);
    return (globalThis as unknown as { spans: number[] }).spans.splice(0);
  });
}

/** The value below which so many percent are. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN;
}

/** The middle and the 95th percentile of inputs. */
export function inputFigures(what: string, values: readonly number[]): readonly Figure[] {
  return [
    { what: `${what}, median of ${values.length}`, value: percentile(values, 50), unit: "ms" },
    { what: `${what}, 95th percentile`, value: percentile(values, 95), unit: "ms" },
  ];
}

/** What a page's tab takes: its scripts' own memory once what is unused is gone, and all of its process. */
export async function memoryFigures(browser: Browser, page: Page): Promise<readonly Figure[]> {
  const tab = await page.context().newCDPSession(page);
  await tab.send("HeapProfiler.collectGarbage");
  const { usedSize } = await tab.send("Runtime.getHeapUsage");
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => residentBytes(id));
  return [
    { what: "memory of the tab's scripts", value: usedSize / MIB, unit: "MB" },
    { what: "memory of the tab's process", value: Math.max(...renderers) / MIB, unit: "MB" },
  ];
}

/** On other systems than Linux it is not known. */
function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1_024;
  } catch {
    return Number.NaN;
  }
}
