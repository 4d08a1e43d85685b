import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

const AXE = readFileSync(
  join(createRequire(import.meta.url).resolve("axe-core"), "..", "axe.min.js"),
  "utf8",
);
/** What the tests of accessibility hold the page to. */
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** Whatever the page is to show, it shows by then, also on a busy machine. Milliseconds. */
const WAIT_MS = 12_000;
export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 375, height: 740 };
/** Folder for pictures of the views, for whoever wants to look at them. */
const PICTURES = process.env.DASHBOARD_PICTURES;

/** A page as somebody opened it, with what it asked for and complained of. */
export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses that were asked for. */
  readonly asked: string[];
  /** Bugs, refused resources and breaches of the policy. */
  readonly complaints: string[];
}

/** @param prepare what is done with the page before anything is loaded */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<void> = async () => {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await prepare(page);
  await page.goto(address);
  return { page, context, asked, complaints };
}

/** Goes to a path within the page, as a link does: loaded anew, it would have no token. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => {
    history.pushState(null, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
  }, path);
}

/** axe finds nothing. The page has to be opened with `bypassCSP`, as its policy keeps axe out, too. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate((source) => {
    if (!("axe" in globalThis)) new Function(source)();
  }, AXE);
  const found = await page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          what: Document,
          how: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run(document, { runOnly: tags });
    return violations.map(({ id, nodes }) => [id, nodes[0]?.html.slice(0, 200), nodes[0]?.failureSummary]);
  }, AXE_TAGS);
  expect(found).to.deep.equal([]);
}

/** Nothing is wider than the screen. */
export async function expectNoWiderThanScreen(page: Page): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).to.be.at.most(0);
}

/** Leaves a picture of what is shown where somebody asked for pictures. @param isWhole what is below the screen, too */
export async function picture(page: Page, name: string, isWhole = false): Promise<void> {
  if (PICTURES === undefined) return;
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: isWhole });
}
