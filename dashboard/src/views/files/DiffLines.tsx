import { type FormEvent, type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { type ChangeData, Decoration, Diff, getChangeKey, Hunk, type HunkData } from "react-diff-view";
import type { DiffFile, DiffKind } from "../../api/folders.ts";
import { cleanText } from "../../text/clean.ts";
import { coloursOf } from "./colours.ts";
import { lineOf } from "./hunks.ts";
import type { Remark, Review } from "./reviews.ts";

/** The lines of one file's diff. A line's number is a button: it opens a comment about the line. */
export function DiffLines({
  file,
  kind,
  hunks,
  isSplit,
  review,
  canRemark,
}: {
  readonly file: DiffFile;
  readonly kind: DiffKind;
  readonly hunks: HunkData[];
  readonly isSplit: boolean;
  readonly review: Review;
  /** Whether there is anybody to send a comment to. */
  readonly canRemark: boolean;
}) {
  const [open, setOpen] = useState<ChangeData>();
  const opened = useRef<HTMLElement>(null);
  const area = useRef<HTMLElement>(null);
  const mine = review.remarks.filter(({ path }) => path === file.path);
  const changes = useMemo(() => hunks.flatMap((hunk) => hunk.changes), [hunks]);

  function openAt(element: Element | null): void {
    const key = element?.closest("[data-line-key]")?.getAttribute("data-line-key");
    const change = changes.find((one) => getChangeKey(one) === key);
    if (change === undefined || !canRemark) return;
    opened.current = element as HTMLElement;
    setOpen(change);
  }
  function close(): void {
    setOpen(undefined);
    opened.current?.focus();
  }
  /** Along the lines with the arrows; one of them is in the order of Tab, the one where one was last. */
  function move(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-line-key]")) return;
    if (event.key === "c" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      openAt(event.target);
      return;
    }
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = [...(area.current?.querySelectorAll<HTMLElement>("[data-line-key]") ?? [])];
    all[all.indexOf(event.target) + step]?.focus();
  }
  function take(event: { readonly target: EventTarget }): void {
    if (!(event.target instanceof HTMLElement) || !event.target.matches("[data-line-key]")) return;
    for (const other of area.current?.querySelectorAll('[data-line-key][tabindex="0"]') ?? [])
      other.setAttribute("tabindex", "-1");
    event.target.setAttribute("tabindex", "0");
  }

  const widgets: Record<string, React.ReactNode> = {};
  for (const change of changes) {
    const at = lineOf(change);
    const here = mine.filter(({ side, line }) => side === at.side && line === at.line);
    const isOpen = open !== undefined && getChangeKey(open) === getChangeKey(change);
    if (here.length === 0 && !isOpen) continue;
    widgets[getChangeKey(change)] = (
      <div className="files-remarks">
        {here.map((remark) => (
          <RemarkNote
            key={remark.id}
            remark={remark}
            isOfThis={remark.quoted === change.content}
            onDrop={() => review.drop(remark.id)}
          />
        ))}
        {isOpen && (
          <RemarkForm
            line={at.line}
            onCancel={close}
            onAdd={(text) => {
              review.add({ path: file.path, kind, ...at, quoted: change.content, text });
              close();
            }}
          />
        )}
      </div>
    );
  }
  return (
    <section
      ref={area}
      aria-label={`Lines of ${cleanText(file.path)}`}
      onKeyDown={move}
      onFocus={take}
      onClick={({ target }) => {
        if (target instanceof Element && target.matches("[data-line-key]")) openAt(target);
      }}
    >
      <Lines
        path={file.path}
        change={file.change}
        hunks={hunks}
        isSplit={isSplit}
        canRemark={canRemark}
        widgets={useStable(widgets)}
      />
    </section>
  );
}

/** Drawn anew only where something of it changed: thousands of lines are not drawn for a letter that is typed elsewhere. */
const Lines = memo(function Lines({
  path,
  change,
  hunks,
  isSplit,
  canRemark,
  widgets,
}: {
  readonly path: string;
  readonly change: DiffFile["change"];
  readonly hunks: HunkData[];
  readonly isSplit: boolean;
  readonly canRemark: boolean;
  readonly widgets: Record<string, React.ReactNode>;
}) {
  const tokens = useMemo(() => coloursOf(hunks, path), [hunks, path]);
  const first = hunks[0]?.changes[0];
  const firstKey = first === undefined ? undefined : getChangeKey(first);
  const type = change === "added" ? "add" : change === "removed" ? "delete" : "modify";
  return (
    <Diff
      diffType={type}
      hunks={hunks}
      viewType={isSplit ? "split" : "unified"}
      widgets={widgets}
      tokens={tokens ?? null}
      className="files-diff"
      renderGutter={({ change: line, side, renderDefault }) => {
        const at = lineOf(line);
        // A line that is on both sides has one button, on the new one.
        if (at.side !== side) return <span className="files-number">{renderDefault()}</span>;
        if (!canRemark) return <span className="files-number">{at.line}</span>;
        const key = getChangeKey(line);
        const word = line.type === "insert" ? "added " : line.type === "delete" ? "removed " : "";
        return (
          <button
            type="button"
            className="files-number"
            data-line-key={key}
            tabIndex={key === firstKey ? 0 : -1}
            aria-label={`Comment on ${word}line ${at.line}`}
          >
            {at.line}
          </button>
        );
      }}
    >
      {(all) =>
        all.flatMap((hunk) => [
          <Decoration key={`head ${hunk.content}`} className="files-hunk">
            {hunk.content}
          </Decoration>,
          <Hunk key={hunk.content} hunk={hunk} />,
        ])
      }
    </Diff>
  );
});

/** The same object for as long as nothing is or was in it. */
function useStable(widgets: Record<string, React.ReactNode>): Record<string, React.ReactNode> {
  const none = useRef<Record<string, React.ReactNode>>({});
  return Object.keys(widgets).length === 0 ? none.current : widgets;
}

function RemarkNote({
  remark,
  isOfThis,
  onDrop,
}: {
  readonly remark: Remark;
  /** Whether the line is still what it was. */
  readonly isOfThis: boolean;
  readonly onDrop: () => void;
}) {
  return (
    <div className="files-remark">
      <p>
        <strong>Your comment</strong>{" "}
        <span className="muted">
          {isOfThis
            ? "not sent yet"
            : "not sent yet; the line was another one when you wrote it, and is sent as it was"}
        </span>
      </p>
      <pre dir="auto">{cleanText(remark.text)}</pre>
      <button type="button" className="quiet" onClick={onDrop}>
        Remove
      </button>
    </div>
  );
}

function RemarkForm({
  line,
  onAdd,
  onCancel,
}: {
  readonly line: number;
  readonly onAdd: (text: string) => void;
  readonly onCancel: () => void;
}) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== "") onAdd(text);
  }
  function heed(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") onCancel();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  }
  return (
    <form className="files-remark" onSubmit={submit} onKeyDown={heed}>
      <textarea
        ref={field}
        rows={3}
        aria-label={`Comment on line ${line}`}
        placeholder="What should be otherwise?"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <div className="bar-of-actions">
        <button type="submit" className="button-chief" disabled={text.trim() === ""}>
          Add to the review
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <span className="muted files-keys">
          <kbd>Ctrl Enter</kbd> adds, <kbd>Esc</kbd> cancels
        </span>
      </div>
    </form>
  );
}
