import type { Browser, Page } from "playwright-core";
import type { WorkspaceOperations } from "../../node/src/workspace/types.ts";
import { startWorld } from "../../test/dashboard/support/daemon.ts";
import { openPage } from "../../test/dashboard/support/page.ts";
import { ALPHA, Net, tidyUp } from "../../test/node/workspace/support.ts";
import { type Figure, inputFigures, memoryFigures, type PageBench } from "./measure.ts";

/** What is kept of each of two nodes. */
const MESSAGES_EACH = 5_000;
const STEP_PX = 2_400;
/** More than it takes to the oldest, where something is wrong. */
const STEPS_MAX = 2_000;
const LETTERS = 120;
/** Between two messages that come meanwhile. */
const TALK_EVERY_MS = 250;

/**
 * 10,000 messages while an agent goes on talking: two nodes' workspaces with as many as are kept of each, served by the daemon's API to a
 * real browser. The list is scrolled from the newest to the oldest, and typed into with all of them in it.
 */
export const messagesBench: PageBench = {
  name: "messages",
  about: `${2 * MESSAGES_EACH} messages and an agent that goes on talking, scrolled by more than a screen at a time and typed into`,
  run: measure,
};

async function measure(browser: Browser): Promise<readonly Figure[]> {
  const net = new Net();
  const [one, two] = [await net.open(1n), await net.open(2n)];
  const ada = one.agent(1n);
  await fill(ada, "ada");
  await fill(two.agent(2n), "ben");
  await net.settle();
  const world = await startWorld({ workspace: one.workspace });
  try {
    const begunAtMs = performance.now();
    const address = await world.address("act", `/ui/clusters/${ALPHA}/messages`);
    const { page, context } = await openPage(browser, address);
    await page.getByRole("article").last().waitFor();
    const firstMs = performance.now() - begunAtMs;
    const talk = setInterval(() => void ada.sendMessage(messageOf("ada", 0)), TALK_EVERY_MS);
    try {
      const scrolled = await scrollToOldest(page);
      const typed = await type(page);
      if (scrolled.blankSteps > 0) throw new Error(`the list was empty after ${scrolled.blankSteps} steps`);
      return [
        { what: "from the address to the first message", value: firstMs, unit: "ms" },
        ...inputFigures("scrolling to what is drawn", scrolled.ms),
        ...inputFigures("a letter to what is drawn", typed),
        ...(await memoryFigures(browser, page)),
      ];
    } finally {
      clearInterval(talk);
      await context.close();
    }
  } finally {
    await world.close();
    await tidyUp();
  }
}

async function fill(agent: WorkspaceOperations, name: string): Promise<void> {
  for (let at = 0; at < MESSAGES_EACH; at += 1) await agent.sendMessage(messageOf(name, at));
}

/** Of lengths as agents have them: most a line or two, some a page. */
function messageOf(name: string, at: number) {
  const lines = at % 40 === 0 ? 30 : 1 + (at % 3);
  const text = Array.from(
    { length: lines },
    (_, line) => `${name} ${at}: what I found in part ${line} of it`,
  );
  const to = name === "ada" ? "ben" : "ada";
  const destination = at % 5 === 0 ? { kind: "broadcast" as const } : { kind: "direct" as const, to };
  return { destination, text: text.join("\n") };
}

/** Scrolls by more than a screen at a time, and waits only until that is painted. */
async function scrollToOldest(page: Page) {
  return page.evaluate(
    async ({ stepPx, stepsMax }) => {
      const list = document.querySelector(".ws-scroller");
      if (list === null) throw new Error("there is no list of messages");
      const { left, top, width, height } = list.getBoundingClientRect();
      const ms: number[] = [];
      let [blankSteps, drawnMax] = [0, 0];
      const painted = () =>
        new Promise<void>((resolve) => {
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => resolve();
            port2.postMessage(undefined);
          });
        });
      const isOldest = () => (list.textContent ?? "").includes("Older messages may not be kept");
      for (let step = 0; step < stepsMax; step += 1) {
        const begunAtMs = performance.now();
        list.scrollTop -= stepPx;
        await painted();
        ms.push(performance.now() - begunAtMs);
        const middle = document.elementFromPoint(left + width / 2, top + height / 2);
        if (middle?.closest("article") == null) blankSteps += 1;
        drawnMax = Math.max(drawnMax, list.querySelectorAll("article").length);
        if (list.scrollTop > 0) continue;
        if (isOldest()) return { ms, blankSteps, drawnMax };
        // The next page is on its way: what somebody waits for there is the daemon, not a frame.
        while (list.scrollTop === 0 && !isOldest()) await painted();
      }
      throw new Error(`the oldest message was not reached in ${stepsMax} steps`);
    },
    { stepPx: STEP_PX, stepsMax: STEPS_MAX },
  );
}

/** From a key to what it put on the screen, with all messages in the list. */
async function type(page: Page): Promise<readonly number[]> {
  const box = page.getByLabel("Message", { exact: true });
  await box.focus();
  await page.evaluate(() => {
    const kept = globalThis as unknown as { typedMs: number[] };
    kept.typedMs = [];
    addEventListener(
      "keydown",
      ({ timeStamp }) =>
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => kept.typedMs.push(performance.now() - timeStamp);
          port2.postMessage(undefined);
        }),
      { capture: true },
    );
  });
  for (let at = 0; at < LETTERS; at += 1) await page.keyboard.press("abcdefgh "[at % 9] ?? "a");
  await page.waitForFunction(
    (count) => (globalThis as unknown as { typedMs: number[] }).typedMs.length >= count,
    LETTERS,
  );
  if ((await box.inputValue()).length !== LETTERS) throw new Error("a letter was lost");
  return page.evaluate(() => (globalThis as unknown as { typedMs: number[] }).typedMs);
}
