import { type CSSProperties, useRef, useState } from "react";
import type { TerminalRow } from "../../api/terminals.ts";
import { PANE_COLUMNS_MAX, PANE_FRACTION_MIN, PANES_ON_SCREEN_MAX } from "./limits.ts";
import { Separator } from "./Separator.tsx";
import { TerminalPane } from "./TerminalPane.tsx";

export interface PanesProps {
  readonly cluster: string;
  readonly names: readonly string[];
  readonly rows: readonly TerminalRow[];
  /** When the rows were read: what was said of a terminal before may be of the one before it. */
  readonly readAtMs: number;
  readonly focused: string | undefined;
  readonly entering: { readonly name: string; readonly count: number } | undefined;
  readonly isReader: boolean;
  readonly onFocus: (name: string) => void;
  readonly onAlone: (name: string) => void;
  readonly onClose: (name: string) => void;
}

/** The terminals that are shown, in a grid whose columns can be made wider and narrower. */
export function Panes(props: PanesProps) {
  const { names, rows, focused, entering } = props;
  const grid = useRef<HTMLDivElement>(null);
  const columns = columnsFor(names.length);
  const [fractions, setFractions] = useState<readonly number[]>([]);
  const widths =
    fractions.length === columns ? fractions : Array.from({ length: columns }, () => 1 / columns);
  const lines = Math.ceil(names.length / columns);
  function move(index: number, by: number): void {
    const next = movedBy(widths, index, by);
    if (next !== undefined) setFractions(next);
  }
  const template = widths.map((width) => `minmax(0, ${width}fr)`).join(" ");
  return (
    <div
      ref={grid}
      className={
        names.length <= PANES_ON_SCREEN_MAX ? "terminals-panes" : "terminals-panes terminals-panes-many"
      }
      style={{ "--terminals-columns": template, "--terminals-lines": lines } as CSSProperties}
    >
      {names.map((name, index) => (
        <TerminalPane
          key={name}
          {...props}
          name={name}
          number={index + 1}
          row={rows.find((row) => row.name === name)}
          isFocused={name === focused}
          entered={entering?.name === name ? entering.count : 0}
          isOnly={names.length === 1}
          // The last has the room that no other takes.
          span={index === names.length - 1 ? columns - (index % columns) : 1}
        />
      ))}
      {widths.slice(0, -1).map((_, index) => (
        <Separator
          // biome-ignore lint/suspicious/noArrayIndexKey: they are the columns' ends, which have no other name.
          key={index}
          label={`Width of column ${index + 1}`}
          at={widths.slice(0, index + 1).reduce((sum, width) => sum + width, 0)}
          within={() => grid.current?.clientWidth ?? 1}
          onMove={(by) => move(index, by)}
        />
      ))}
    </div>
  );
}

function columnsFor(count: number): number {
  if (count <= 1) return 1;
  return count <= 4 ? 2 : PANE_COLUMNS_MAX;
}

/** Widths after the end of a column moved; undefined where one of the two would be too narrow. */
function movedBy(widths: readonly number[], index: number, by: number): readonly number[] | undefined {
  const next = widths.map((width, at) => (at === index ? width + by : at === index + 1 ? width - by : width));
  return next.every((width) => width >= PANE_FRACTION_MIN) ? next : undefined;
}
