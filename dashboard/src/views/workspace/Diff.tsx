import { useMemo } from "react";
import { plural } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { type DiffLine, lineDiff } from "./text/lineDiff.ts";

/** Lines that are shown around a change. */
const AROUND = 3;
/** Lines that are drawn: more than the longest value of the whiteboard has in prose. */
const LINES_SHOWN_MAX = 2_000;
const SIGNS = { same: " ", added: "+", removed: "−" } as const;
const WORDS = { same: "", added: "Added: ", removed: "Removed: " } as const;

type Shown = { readonly line: DiffLine } | { readonly leftOut: number };

/** What changed from one text to another, line by line. */
export function Diff({
  from,
  to,
  label,
}: {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}) {
  const shown = useMemo(() => folded(lineDiff(from, to)), [from, to]);
  if (from === to) return <p className="muted">Nothing differs.</p>;
  const drawn = shown.slice(0, LINES_SHOWN_MAX);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard. */}
      <section className="ws-diff" tabIndex={0} aria-label={label}>
        <ol>
          {drawn.map((one, at) =>
            "leftOut" in one ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name.
              <li key={at} className="ws-diff-left-out">
                <span aria-hidden="true">⋯</span>
                <span>{plural(one.leftOut, "line")} as before</span>
              </li>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name.
              <li key={at} className={`ws-diff-${one.line.kind}`}>
                <span aria-hidden="true">{SIGNS[one.line.kind]}</span>
                <span dir="auto">
                  <span className="unseen">{WORDS[one.line.kind]}</span>
                  {cleanText(one.line.text) || " "}
                </span>
              </li>
            ),
          )}
        </ol>
      </section>
      {drawn.length < shown.length && (
        <p className="muted">{plural(shown.length - drawn.length, "more line")} are not shown.</p>
      )}
    </>
  );
}

/** Without the lines that are far from any change. */
function folded(lines: readonly DiffLine[]): readonly Shown[] {
  const shown: Shown[] = [];
  let run: DiffLine[] = [];
  function close(isEnd: boolean): void {
    const head = shown.length === 0 ? 0 : AROUND;
    const tail = isEnd ? 0 : AROUND;
    if (run.length <= head + tail + 1) shown.push(...run.map((line) => ({ line })));
    else
      shown.push(
        ...run.slice(0, head).map((line) => ({ line })),
        { leftOut: run.length - head - tail },
        ...run.slice(run.length - tail).map((line) => ({ line })),
      );
    run = [];
  }
  for (const line of lines) {
    if (line.kind === "same") {
      run.push(line);
      continue;
    }
    close(false);
    shown.push({ line });
  }
  close(true);
  return shown;
}
