import type { Browser, Page } from "playwright-core";
import { clusterNamed, executionOf, startWorld } from "../../test/dashboard/support/daemon.ts";
import { type MadeUpTeam, madeUpTeam } from "../../test/dashboard/support/madeUpTeam.ts";
import { openPage } from "../../test/dashboard/support/page.ts";
import {
  type Figure,
  inputFigures,
  memoryFigures,
  notedInputs,
  noteInputs,
  type PageBench,
} from "./measure.ts";

/** Moves of the pointer, turns of the wheel, letters typed, cards opened. */
const MOVES = 120;
const TURNS = 40;
const TYPED = "helper-1234567890helper";
const CARDS = 8;
/** How often somebody says something, while it is measured. Milliseconds. */
const SAYS_EVERY_MS = 100;
/** Between two inputs, as a hand gives them. Milliseconds. */
const HAND_MS = 16;

/** The graph of a large team with a long history, whose agents go on talking. */
export function teamBench({
  agents,
  messages,
}: {
  readonly agents: number;
  readonly messages: number;
}): PageBench {
  return {
    name: "team",
    about: `${agents} agents, ${messages} messages, ${1_000 / SAYS_EVERY_MS} more a second while it is used`,
    async run(browser) {
      const team = madeUpTeam({ agents, messages });
      const world = await startWorld({ workspace: team.workspace, version: team.version });
      try {
        world.clusters.push(clusterNamed(1n, "large"));
        world.executions.push(executionOf(5n));
        return await measured(browser, team, await world.address("act", "/ui/clusters/1/team?as=graph"));
      } finally {
        await world.close();
      }
    },
  };
}

async function measured(browser: Browser, team: MadeUpTeam, address: string): Promise<readonly Figure[]> {
  const startedAtMs = performance.now();
  const { page, context } = await openPage(browser, address);
  await page.locator(".team-card").first().waitFor();
  const shownMs = performance.now() - startedAtMs;
  await page.waitForFunction(() => document.querySelectorAll(".team-talk").length > 0);
  const [one, two] = [team.members[0]?.id ?? "", team.members[1]?.id ?? ""];
  const saying = setInterval(() => team.say(one, two, "and so on"), SAYS_EVERY_MS);
  try {
    await noteInputs(page, ["mousemove", "wheel", "input"]);
    const figures: Figure[] = [{ what: "from the address to the graph", value: shownMs, unit: "ms" }];
    await pan(page);
    figures.push(...inputFigures("pan, all of it in view", await notedInputs(page)));
    await zoom(page);
    figures.push(...inputFigures("zoom", await notedInputs(page)));
    await pan(page);
    figures.push(...inputFigures("pan, near", await notedInputs(page)));
    await type(page);
    figures.push(...inputFigures("a letter into the filter", await notedInputs(page)));
    figures.push(...inputFigures("a click until everything of an agent is there", await openCards(page)));
    figures.push(...(await memoryFigures(browser, page)));
    return figures;
  } finally {
    clearInterval(saying);
    await context.close();
  }
}

async function pan(page: Page): Promise<void> {
  const box = await page.locator(".team-graph").boundingBox();
  if (box === null) throw new Error("the graph is not drawn");
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  for (let step = 0; step < MOVES; step += 1) {
    const turn = (step / MOVES) * 2 * Math.PI;
    await page.mouse.move(box.x + box.width / 2 + Math.sin(turn) * 200, box.y + 120 - Math.cos(turn) * 100);
    await page.waitForTimeout(HAND_MS);
  }
  await page.mouse.up();
}

async function zoom(page: Page): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, -60);
    await page.waitForTimeout(HAND_MS);
  }
}

async function type(page: Page): Promise<void> {
  const field = page.getByRole("searchbox");
  await field.focus();
  for (const letter of TYPED) {
    await page.keyboard.press(letter === "-" ? "Minus" : letter);
    await page.waitForTimeout(HAND_MS * 4);
  }
  await field.fill("");
}

async function openCards(page: Page): Promise<readonly number[]> {
  const spans: number[] = [];
  for (let count = 0; count < CARDS; count += 1) {
    await page.getByRole("button", { name: "Show all" }).click();
    const card = page.locator(".team-card-link").nth(count * 5);
    await card.waitFor();
    const startedAtMs = performance.now();
    await card.press("Enter");
    await page.getByRole("heading", { name: "What it is" }).waitFor();
    spans.push(performance.now() - startedAtMs);
    await page.goBack();
    await page.locator(".team-card").first().waitFor();
  }
  return spans;
}
