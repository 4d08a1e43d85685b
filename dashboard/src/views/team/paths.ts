import { CARD_HEIGHT, CARD_WIDTH, type Position } from "./layout.ts";

/** How far a line between two cards is bowed, as a share of its length: two that share a row are told from what lies between. */
const BOW = 0.12;

/** From the middle of a card to that of another, behind both. */
export function talkPath(from: Position, to: Position): string {
  const [start, end] = [middleOf(from), middleOf(to)];
  const bend = bendOf(start, end);
  return `M ${start.x} ${start.y} Q ${bend.x} ${bend.y} ${end.x} ${end.y}`;
}

/** Where its number stands. */
export function talkLabelAt(from: Position, to: Position): Position {
  const [start, end] = [middleOf(from), middleOf(to)];
  const bend = bendOf(start, end);
  return { x: (start.x + 2 * bend.x + end.x) / 4, y: (start.y + 2 * bend.y + end.y) / 4 };
}

/** From the right side of who answers first to the left side of who waits for it. */
export function dependencyPath(from: Position, to: Position): string {
  const start = { x: from.x + CARD_WIDTH, y: from.y + CARD_HEIGHT / 2 };
  const end = { x: to.x - 6, y: to.y + CARD_HEIGHT / 2 };
  const reach = Math.max(40, Math.abs(end.x - start.x) / 2);
  return `M ${start.x} ${start.y} C ${start.x + reach} ${start.y} ${end.x - reach} ${end.y} ${end.x} ${end.y}`;
}

function middleOf({ x, y }: Position): Position {
  return { x: x + CARD_WIDTH / 2, y: y + CARD_HEIGHT / 2 };
}

function bendOf(start: Position, end: Position): Position {
  return {
    x: (start.x + end.x) / 2 - (end.y - start.y) * BOW,
    y: (start.y + end.y) / 2 + (end.x - start.x) * BOW,
  };
}
