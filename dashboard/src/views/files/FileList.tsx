import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef, useState } from "react";
import type { DiffFile } from "../../api/folders.ts";
import { Name } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { ChangeMark, Counts } from "./marks.tsx";

/** A line of the list. Pixels. */
const ROW_PIXELS = 34;

/** The files of a diff, to choose one of. Those on the screen alone are drawn. */
export function FileList({
  files,
  fileCount,
  chosen,
  isJustNow,
  onChoose,
}: {
  readonly files: readonly DiffFile[];
  /** How many there are, listed or not. */
  readonly fileCount: number;
  readonly chosen: string | undefined;
  readonly isJustNow: (path: string) => boolean;
  readonly onChoose: (path: string | undefined) => void;
}) {
  const [typed, setTyped] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const wanted = typed.toLowerCase();
  const found = files.filter(({ path, pathBefore = "" }) =>
    `${path}\n${pathBefore}`.toLowerCase().includes(wanted),
  );
  const rows = useVirtualizer({
    count: found.length,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
  });
  return (
    <nav className="files-list" aria-label="Changed files">
      {files.length > 8 && (
        <input
          type="search"
          aria-label="Find a file"
          placeholder="Find a file"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      )}
      <button
        type="button"
        className="files-choice"
        aria-current={chosen === undefined ? "true" : undefined}
        onClick={() => onChoose(undefined)}
      >
        All files
      </button>
      <div className="files-list-scroll" ref={list}>
        <ul style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const file = found[index];
            if (file === undefined) return null;
            const { path, change, added, removed } = file;
            return (
              <li key={path} style={{ transform: `translateY(${start}px)` }}>
                <button
                  type="button"
                  className="files-choice"
                  title={cleanText(path)}
                  aria-current={path === chosen ? "true" : undefined}
                  onClick={() => onChoose(path)}
                >
                  <ChangeMark change={change} />
                  <Path path={path} />
                  {isJustNow(path) && (
                    <span className="files-dot">
                      <span className="unseen">changed just now</span>
                    </span>
                  )}
                  <Counts added={added} removed={removed} />
                </button>
              </li>
            );
          })}
        </ul>
      </div>
      {found.length === 0 && <p className="empty">No file of that name changed.</p>}
      {fileCount > files.length && (
        <p className="muted">
          The first {plural(files.length, "file")} of {fileCount.toLocaleString("en-US")}.
        </p>
      )}
    </nav>
  );
}

/** The name counts more than the folders before it. */
function Path({ path }: { readonly path: string }) {
  const end = path.lastIndexOf("/") + 1;
  return (
    <span className="files-path">
      <span className="files-path-name">
        <Name text={path.slice(end)} />
      </span>
      {end > 0 && (
        <span className="muted files-path-folder">
          <Name text={path.slice(0, end - 1)} />
        </span>
      )}
    </span>
  );
}
