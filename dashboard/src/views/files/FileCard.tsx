import { memo, useEffect, useId, useMemo, useState } from "react";
import { type Compared, type DiffFile, useDiffFile } from "../../api/folders.ts";
import type { FolderDiffFileAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Command, Empty, Name, Time } from "../../parts/basics.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { DiffLines } from "./DiffLines.tsx";
import { firstLines, hunksOf } from "./hunks.ts";
import { ChangeMark, Counts } from "./marks.tsx";
import type { Review } from "./reviews.ts";
import { useSeen } from "./useSeen.ts";
import { bytesText, shellWord } from "./words.ts";

/** A file with more changed lines than this is closed until somebody wants it. */
const OPEN_LINES_MAX = 400;
/** Lines that are drawn at once: some ten screens of them. */
const DRAWN_LINES_MAX = 2_000;

export interface FileCardProps {
  readonly agent: string;
  /** Top folder of the project, for whoever looks there by git. */
  readonly project: string;
  readonly compared: Compared;
  readonly file: DiffFile;
  readonly isJustNow: boolean;
  /** It alone was chosen. */
  readonly isAlone: boolean;
  readonly isSplit: boolean;
  readonly review: Review;
  readonly canRemark: boolean;
}

/** One file of a diff: its head, and its lines where it is open. */
export const FileCard = memo(function FileCard(props: FileCardProps) {
  const { agent, compared, file, isJustNow, isAlone } = props;
  const { path, pathBefore, change, added, removed, changedAtMs } = file;
  const lines = added + removed;
  const [shown, isSeen] = useSeen<HTMLElement>();
  const [isOpen, setOpen] = useState(lines <= OPEN_LINES_MAX);
  const headId = useId();
  const bodyId = useId();
  const query = useDiffFile(agent, compared, file, isOpen && isSeen && !file.isBinary && !file.isSubmodule);
  // What is chosen alone is meant to be read, as far as that may be.
  useEffect(() => {
    if (isAlone && lines <= DRAWN_LINES_MAX) setOpen(true);
  }, [isAlone, lines]);
  return (
    <article className="files-file" ref={shown} aria-labelledby={headId}>
      <header className="files-file-head">
        <ChangeMark change={change} />
        <h2 id={headId}>
          <button
            type="button"
            className="files-toggle"
            aria-expanded={isOpen}
            aria-controls={bodyId}
            onClick={() => setOpen(!isOpen)}
          >
            {pathBefore !== undefined && (
              <>
                <Name text={pathBefore} /> →{" "}
              </>
            )}
            <Name text={path} />
          </button>
        </h2>
        <Kinds file={file} />
        {isJustNow && <Badge tone="busy">just now</Badge>}
        <span className="files-file-end">
          <Counts added={added} removed={removed} />
          {changedAtMs !== undefined && (
            <span className="muted">
              <Time atMs={changedAtMs} />
            </span>
          )}
        </span>
      </header>
      <div id={bodyId} className="files-file-body">
        {isOpen ? (
          <FileBody {...props} query={query} />
        ) : (
          <button type="button" className="files-more" onClick={() => setOpen(true)}>
            Show {plural(lines, "line")}
          </button>
        )}
      </div>
    </article>
  );
});

function Kinds({
  file: { isBinary, isLink, isSubmodule, mode, modeBefore, change },
}: Pick<FileCardProps, "file">) {
  const isOtherMode = change !== "added" && change !== "removed" && mode !== modeBefore;
  return (
    <>
      {isBinary && <Badge tone="calm">binary</Badge>}
      {isLink && <Badge tone="calm">link</Badge>}
      {isSubmodule && <Badge tone="calm">submodule</Badge>}
      {isOtherMode && (
        <Badge tone="calm">
          {modeBefore.slice(-3)} → {mode.slice(-3)}
        </Badge>
      )}
    </>
  );
}

function FileBody(props: FileCardProps & { readonly query: ReturnType<typeof useDiffFile> }) {
  const { file, query } = props;
  if (file.isBinary) return <Empty>A binary file: there are no lines to show.</Empty>;
  if (file.isSubmodule)
    return <Empty>Another repository: only the commit that it is at can change here.</Empty>;
  return (
    <Answer query={query} what="what changed in it" isPart>
      {(answer) => <FileText {...props} answer={answer} />}
    </Answer>
  );
}

function FileText(props: FileCardProps & { readonly answer: FolderDiffFileAnswer }) {
  const { answer, compared, file, isSplit, review, canRemark } = props;
  const [linesMax, setLinesMax] = useState(DRAWN_LINES_MAX);
  const { text = "" } = answer;
  const { hunks, lines, isOldWithoutEnd, isNewWithoutEnd } = useMemo(() => hunksOf(text), [text]);
  const drawn = useMemo(() => firstLines(hunks, linesMax), [hunks, linesMax]);
  if (answer.why !== undefined) return <Untold {...props} />;
  if (hunks.length === 0) return <Empty>{withoutLines(file)}</Empty>;
  return (
    <>
      <DiffLines
        file={file}
        kind={compared.kind}
        hunks={drawn}
        isSplit={isSplit}
        review={review}
        canRemark={canRemark}
      />
      {lines > linesMax && (
        <button type="button" className="files-more" onClick={() => setLinesMax(linesMax + DRAWN_LINES_MAX)}>
          Show {countText(Math.min(DRAWN_LINES_MAX, lines - linesMax))} more of {plural(lines, "line")}
        </button>
      )}
      {(isOldWithoutEnd || isNewWithoutEnd) && lines <= linesMax && (
        <p className="muted files-end">
          {isOldWithoutEnd && isNewWithoutEnd
            ? "No line feed at its end, before and now."
            : isNewWithoutEnd
              ? "No line feed at its end now."
              : "There was no line feed at its end before."}
        </p>
      )}
    </>
  );
}

function withoutLines({ change, mode, modeBefore, added, removed }: DiffFile): string {
  if (change === "renamed") return "Renamed; what is in it is the same.";
  if (mode !== modeBefore && added + removed === 0 && change === "changed")
    return "Its rights changed; what is in it is the same.";
  return change === "added" || change === "removed" ? "It is empty." : "No line of it changed.";
}

/** Why there is no text, and where it is to be had. */
function Untold({
  answer,
  agent,
  compared,
  project,
  file,
}: FileCardProps & { readonly answer: FolderDiffFileAnswer }) {
  const { why, textBytes, from, to } = answer;
  const place = shellWord(project);
  const words = [file.pathBefore, file.path].flatMap((path) => (path === undefined ? [] : [shellWord(path)]));
  // The objects of an agent's own commits are in its copy alone.
  const isInProject = compared.kind !== "committed" && compared.kind !== "uncommitted";
  const isTyped = place !== undefined && !words.includes(undefined);
  return (
    <div className="files-untold">
      <p>
        <strong>
          {why === "tooLarge"
            ? `This file's diff has ${bytesText(textBytes ?? 0)}: more than a page shows.`
            : "The name of this file is no text, so git cannot be asked for it alone."}
        </strong>
      </p>
      {isInProject && isTyped && why === "tooLarge" ? (
        <p>
          Git shows all of it:{" "}
          <Command line={`git -C ${place} diff ${from.id} ${to.id} -- ${words.join(" ")}`} />
        </p>
      ) : (
        <p>
          The command line shows the beginning of all that changed:{" "}
          <Command line={`pleiad workspace diff ${agent} --kind ${compared.kind}`} />
        </p>
      )}
    </div>
  );
}
