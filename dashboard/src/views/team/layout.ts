import type { TaskList } from "./model.ts";

/** A card's size and what is between cards, in the units of the graph. */
export const CARD_WIDTH = 232;
export const CARD_HEIGHT = 148;
const GAP_X = 40;
const GAP_Y = 48;
/** Between a column of tasks and the next: there arrows have to be seen. */
const COLUMN_GAP = 96;
/** Width to height of what is packed: that of a screen. */
const ASPECT = 1.7;

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** What a place follows from: nothing that changes while agents work. */
export interface Placed {
  readonly id: string;
  readonly spawnedBy: string | undefined;
}

/** Cards that are placed together, from their own top left corner on. */
interface Block {
  readonly width: number;
  readonly height: number;
  readonly places: readonly (readonly [id: string, at: Position])[];
}

/**
 * Where each card stands: agents of tasks from left to right in the order of their tasks, helpers below who started them, all others in a
 * grid beneath or beside, as it fits a screen. The same cards and tasks stand in the same places, in whatever order they came.
 */
export function layoutOf(
  cards: readonly Placed[],
  lists: readonly TaskList[],
): ReadonlyMap<string, Position> {
  const ids = cards.map(({ id }) => id).sort(byText);
  const there = new Set(ids);
  const spawnerOf = new Map(cards.map(({ id, spawnedBy }) => [id, spawnedBy]));
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const id of ids) {
    const spawner = spawnerOf.get(id);
    if (spawner === undefined || !there.has(spawner) || isInCircle(id, spawnerOf)) roots.push(id);
    else children.set(spawner, [...(children.get(spawner) ?? []), id]);
  }
  const blockOf = (id: string): Block => family(id, (children.get(id) ?? []).map(blockOf));
  const rootSet = new Set(roots);
  const columns = columnsOf(lists);
  // Who has a task stands there, whoever started it; its helpers are below it.
  const inColumns = new Set(columns.flat().filter((id) => rootSet.has(id)));
  const flow = beside(
    columns
      .map((column) => column.filter((id) => inColumns.has(id)).map(blockOf))
      .filter(({ length }) => length > 0)
      .map(below),
  );
  const others = roots.filter((id) => !inColumns.has(id)).map(blockOf);
  const parts = (rest: Block) => [flow, rest].filter(({ width }) => width > 0);
  const whole = [below(parts(packed(others, flow.width))), beside(parts(packed(others)))].sort(
    (a, b) => strangeness(a) - strangeness(b),
  );
  return new Map(whole[0]?.places);
}

/** A text that is another when a layout would be. */
export function layoutKey(cards: readonly Placed[], lists: readonly TaskList[]): string {
  const who = cards.map(({ id, spawnedBy }) => `${id}<${spawnedBy ?? ""}`).sort(byText);
  const what = lists.map((tasks) => tasks.map(({ agent, dependsOn }) => `${agent}(${dependsOn})`).join());
  return JSON.stringify([who, what]);
}

/** Agents by the first column in which a task of theirs stands: one behind what it waits for. */
function columnsOf(lists: readonly TaskList[]): readonly (readonly string[])[] {
  const columnOf = new Map<string, number>();
  for (const tasks of lists) {
    const depths: number[] = [];
    for (const { agent, dependsOn } of tasks) {
      // A task waits only for earlier ones.
      const depth = Math.max(-1, ...dependsOn.map((index) => depths[index] ?? -1)) + 1;
      depths.push(depth);
      columnOf.set(agent, Math.min(depth, columnOf.get(agent) ?? depth));
    }
  }
  const columns: string[][] = [];
  for (const [agent, column] of [...columnOf].sort(([a], [b]) => byText(a, b))) {
    columns[column] ??= [];
    columns[column].push(agent);
  }
  return [...columns].map((column) => column ?? []);
}

/** Nobody starts who started it, but what a log says may be anything. */
function isInCircle(id: string, spawnerOf: ReadonlyMap<string, string | undefined>): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = id; at !== undefined; at = spawnerOf.get(at)) {
    if (seen.has(at)) return seen.has(id) && at === id;
    seen.add(at);
  }
  return false;
}

function family(id: string, children: readonly Block[]): Block {
  const own: Block = { width: CARD_WIDTH, height: CARD_HEIGHT, places: [[id, { x: 0, y: 0 }]] };
  if (children.length === 0) return own;
  const under = packed(children);
  const width = Math.max(CARD_WIDTH, under.width);
  const places = [
    [id, { x: (width - CARD_WIDTH) / 2, y: 0 }] as const,
    ...moved(under, (width - under.width) / 2, CARD_HEIGHT + GAP_Y),
  ];
  return { width, height: CARD_HEIGHT + GAP_Y + under.height, places };
}

/** Row after row, so that all of it has about a screen's shape. */
function packed(blocks: readonly Block[], widthMin = 0): Block {
  const area = blocks.reduce((sum, { width, height }) => sum + (width + GAP_X) * (height + GAP_Y), 0);
  const widest = Math.max(0, ...blocks.map(({ width }) => width));
  const widthMax = Math.max(widthMin, widest, Math.sqrt(area * ASPECT));
  const rows: Block[][] = [];
  let left = 0;
  for (const block of blocks) {
    const row = rows.at(-1);
    if (row === undefined || left + block.width > widthMax) {
      rows.push([block]);
      left = 0;
    } else row.push(block);
    left += block.width + GAP_X;
  }
  return below(rows.map((row) => beside(row, GAP_X)));
}

function beside(blocks: readonly Block[], gap = COLUMN_GAP): Block {
  let x = 0;
  const places = blocks.flatMap((block) => {
    const at = x;
    x += block.width + gap;
    return moved(block, at, 0);
  });
  return { width: Math.max(0, x - gap), height: Math.max(0, ...blocks.map(({ height }) => height)), places };
}

function below(blocks: readonly Block[]): Block {
  let y = 0;
  const places = blocks.flatMap((block) => {
    const at = y;
    y += block.height + GAP_Y;
    return moved(block, 0, at);
  });
  return { width: Math.max(0, ...blocks.map(({ width }) => width)), height: Math.max(0, y - GAP_Y), places };
}

/** How far a shape is from a screen's. */
function strangeness({ width, height }: Block): number {
  return Math.abs(Math.log(width / height / ASPECT));
}

function moved({ places }: Block, x: number, y: number): Block["places"] {
  return places.map(([id, at]) => [id, { x: at.x + x, y: at.y + y }]);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Which way an arrow key goes from a card: the nearest one there, rather straight on than far to a side. */
export function neighbourOf(
  from: string,
  key: string,
  positions: ReadonlyMap<string, Position>,
): string | undefined {
  const start = positions.get(from);
  const [dx, dy] = DIRECTIONS[key] ?? [0, 0];
  if (start === undefined || (dx === 0 && dy === 0)) return undefined;
  let nearest: string | undefined;
  let nearestFar = Number.POSITIVE_INFINITY;
  for (const [id, { x, y }] of positions) {
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    const aside = Math.abs((x - start.x) * dy) + Math.abs((y - start.y) * dx);
    const far = ahead + 2 * aside;
    if (id === from || ahead <= 0 || far >= nearestFar) continue;
    nearest = id;
    nearestFar = far;
  }
  return nearest;
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
