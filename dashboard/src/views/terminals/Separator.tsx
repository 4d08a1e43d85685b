import { type KeyboardEvent, type PointerEvent, useRef } from "react";

/** What one press of an arrow moves. */
const STEP = 0.05;

/** The line between two columns, to be drawn by a pointer or moved by the arrow keys. */
export function Separator({
  label,
  at,
  within,
  onMove,
}: {
  readonly label: string;
  /** Where it is, of the whole. */
  readonly at: number;
  /** Width of the whole in pixels. */
  readonly within: () => number;
  readonly onMove: (by: number) => void;
}) {
  const lastX = useRef<number>(undefined);
  function heedKey(event: KeyboardEvent): void {
    const by = event.key === "ArrowLeft" ? -STEP : event.key === "ArrowRight" ? STEP : 0;
    if (by === 0) return;
    event.preventDefault();
    onMove(by);
  }
  function begin(event: PointerEvent): void {
    event.currentTarget.setPointerCapture(event.pointerId);
    lastX.current = event.clientX;
  }
  function drag(event: PointerEvent): void {
    if (lastX.current === undefined) return;
    onMove((event.clientX - lastX.current) / within());
    lastX.current = event.clientX;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line is not to be focused, and this one moves.
    <div
      role="separator"
      tabIndex={0}
      className="terminals-separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(at * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      style={{ left: `${at * 100}%` }}
      onKeyDown={heedKey}
      onPointerDown={begin}
      onPointerMove={drag}
      onPointerUp={() => {
        lastX.current = undefined;
      }}
    />
  );
}
