import { type ReactNode, useEffect, useMemo, useState } from "react";
import { ApiFailure } from "../../api/client.ts";
import {
  type Compared,
  type Folder,
  type Seen,
  useCheckpoints,
  useDiffFiles,
  useFileChanges,
  useFolders,
  useTeamOf,
} from "../../api/folders.ts";
import type { FolderDiffFilesAnswer, FoldersAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Empty, Name, Time } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { Link, useSearch } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { DiscardDialog } from "./DiscardDialog.tsx";
import { FileCard } from "./FileCard.tsx";
import { FileList } from "./FileList.tsx";
import { Leak } from "./Files.tsx";
import "./files.css";
import { MergeDialog } from "./MergeDialog.tsx";
import { ActivityBadge, Counts } from "./marks.tsx";
import { ReviewBar, Reviews } from "./ReviewBar.tsx";
import { RollbackDialog } from "./RollbackDialog.tsx";
import { type Review, useReview } from "./reviews.ts";
import { useIsNarrow } from "./useSeen.ts";
import { KINDS, kindOf } from "./words.ts";

/** What one agent changed, line by line and as it happens; comments, rollback and merge of it. */
export function AgentFiles({ agent }: { readonly agent: string }) {
  const query = useFolders();
  if (query.error instanceof ApiFailure && query.error.code === "FOLDERS_OFF")
    return <NoCopy agent={agent} />;
  return (
    <Answer query={query} what="agents' files">
      {(answer) => {
        const folder = answer.folders.find((one) => one.agent === agent);
        return folder === undefined ? <NoCopy agent={agent} /> : <Copy folder={folder} answer={answer} />;
      }}
    </Answer>
  );
}

function NoCopy({ agent }: { readonly agent: string }) {
  return (
    <section className="calm">
      <h1>
        <Name text={agent} /> has no copy of a project
      </h1>
      <p>It was discarded, or this agent was never given a project on this node.</p>
      <p>
        <Link to={{ view: "files" }}>To all copies</Link>
      </p>
    </section>
  );
}

type Asked = "rollback" | "merge" | "discard";

function Copy({ folder, answer }: { readonly folder: Folder; readonly answer: FoldersAnswer }) {
  const { agent, activity, projectName, project, cluster } = folder;
  const [kindText] = useSearch("kind");
  const [checkpoint] = useSearch("checkpoint");
  const kind = kindOf(kindText);
  const since = kind === "sinceCheckpoint" ? checkpoint : undefined;
  const compared = useMemo<Compared>(() => ({ kind, checkpoint: since }), [kind, since]);
  const [asked, setAsked] = useState<Asked>();
  const [news, setNews] = useState<ReactNode>();
  const review = useReview(agent);
  // A link of a dialog leads to what is behind it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes where something else is compared.
  useEffect(() => setAsked(undefined), [compared]);
  const seen = useFileChanges(agent, agent, true);
  return (
    <>
      <header className="view-head files-head">
        <h1>
          <Name text={agent} />
        </h1>
        <ActivityBadge activity={activity} />
        <span className="muted">
          <Link to={{ view: "files" }}>Files</Link> · <Name text={projectName ?? project} />
          {cluster !== null && (
            <>
              {" "}
              · <Link to={{ view: "agent", id: cluster, agent }}>the agent</Link>
            </>
          )}
        </span>
        <span className="files-acts">
          <button type="button" className="button-chief" onClick={() => setAsked("merge")}>
            Merge…
          </button>
          <button type="button" onClick={() => setAsked("rollback")}>
            Roll back…
          </button>
          <button type="button" onClick={() => setAsked("discard")}>
            Discard…
          </button>
        </span>
      </header>
      <div role="status" className={news === undefined ? "unseen" : "files-news"}>
        {news}
      </div>
      <Leak folder={folder} />
      <KindTabs agent={agent} compared={compared} />
      <Changes folder={folder} compared={compared} seen={seen} review={review} />
      {cluster !== null && (
        <>
          <Reviews agent={agent} cluster={cluster} />
          <ReviewBar key={review.remarks[0]?.id ?? "none"} agent={agent} cluster={cluster} review={review} />
        </>
      )}
      {asked === "rollback" && (
        <RollbackDialog
          folder={folder}
          onClose={() => setAsked(undefined)}
          onDone={({ to, kept, files }) =>
            setNews(
              <>
                Rolled back to checkpoint {to.number}: {plural(files.length, "file")}. What was undone is kept
                as <code>{kept.ref}</code>.
              </>,
            )
          }
        />
      )}
      {asked === "merge" && (
        <MergeDialog
          folder={folder}
          gate={answer.gate}
          onClose={() => setAsked(undefined)}
          onDone={({ id, target }) =>
            setNews(
              <>
                Merge {id} into <Name text={target} /> waits for its turn, also when you leave.{" "}
                <Link to={{ view: "files" }}>See the queue</Link>
              </>,
            )
          }
        />
      )}
      {asked === "discard" && <DiscardDialog folder={folder} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function KindTabs({ agent, compared }: { readonly agent: string; readonly compared: Compared }) {
  const { kind, checkpoint } = compared;
  const isOfCheckpoint = kind === "sinceCheckpoint";
  const { data } = useCheckpoints(agent, isOfCheckpoint);
  const [, setCheckpoint] = useSearch("checkpoint");
  return (
    <div className="files-kinds">
      <nav aria-label="What is compared" className="files-tabs">
        {KINDS.map((one) => (
          <Link
            key={one.kind}
            to={{ view: "agentFiles", agent }}
            search={{ kind: one.kind === "all" ? undefined : one.kind }}
            isCurrent={one.kind === kind}
          >
            {one.name}
          </Link>
        ))}
      </nav>
      {isOfCheckpoint && data !== undefined && data.checkpoints.length > 0 && (
        <label className="files-since">
          <span className="unseen">Since which checkpoint</span>
          <select
            value={checkpoint ?? ""}
            onChange={({ target }) => setCheckpoint(target.value === "" ? undefined : target.value)}
          >
            <option value="">the last one</option>
            {data.checkpoints.toReversed().map(({ number }) => (
              <option key={number} value={number}>
                checkpoint {number}
              </option>
            ))}
          </select>
        </label>
      )}
      <span className="muted">{KINDS.find((one) => one.kind === kind)?.says}</span>
    </div>
  );
}

interface ChangesProps {
  readonly folder: Folder;
  readonly compared: Compared;
  readonly seen: Seen;
  readonly review: Review;
}

function Changes(props: ChangesProps) {
  const query = useDiffFiles(props.folder.agent, props.compared);
  return (
    <Answer query={query} what="what changed" isPart>
      {(diff) => <ChangedFiles {...props} diff={diff} />}
    </Answer>
  );
}

/** For so long a change is said to be of now. Milliseconds. */
const JUST_NOW_MS = 10_000;
/** Files whose cards are drawn at once, closed or open. */
const CARDS_MAX = 100;

function ChangedFiles({
  folder,
  compared,
  seen,
  review,
  diff,
}: ChangesProps & { readonly diff: FolderDiffFilesAnswer }) {
  const { agent, project, cluster } = folder;
  const { files, fileCount, added, removed, changedAtMs, from, to, skipped } = diff;
  const [chosen, setChosen] = useSearch("file");
  const [view, setView] = useSearch("view");
  const [cardsMax, setCardsMax] = useState(CARDS_MAX);
  const isNarrow = useIsNarrow();
  const nowMs = useNow();
  const { data: team } = useTeamOf(cluster);
  const isJustNow = (path: string) => nowMs - (seen.get(`${agent} ${path}`) ?? 0) < JUST_NOW_MS;
  const isSplit = view === "split" && !isNarrow;
  const shown = chosen === undefined ? files : files.filter(({ path }) => path === chosen);
  const canRemark = team !== undefined;
  return (
    <>
      <div className="files-sums">
        <Counts files={fileCount} added={added} removed={removed} />
        {changedAtMs !== undefined && (
          <span className="muted">
            last change <Time atMs={changedAtMs} isExact />
          </span>
        )}
        {files.some(({ path }) => isJustNow(path)) && <Badge tone="busy">Changing now</Badge>}
        <span className="muted" title={`${from.id} → ${to.id}`}>
          from {from.what} to {to.what}
        </span>
        {!isNarrow && (
          <fieldset className="files-view">
            <legend className="unseen">How lines are shown</legend>
            <button type="button" aria-pressed={!isSplit} onClick={() => setView(undefined)}>
              Unified
            </button>
            <button type="button" aria-pressed={isSplit} onClick={() => setView("split")}>
              Split
            </button>
          </fieldset>
        )}
      </div>
      {skipped.length > 0 && (
        <p className="muted">
          Not in it: <Name text={skipped.map(({ path, why }) => `${path} (${SKIPPED[why]})`).join(", ")} />
        </p>
      )}
      {fileCount === 0 ? (
        <Empty>{emptyText(compared, agent)}</Empty>
      ) : (
        <div className="files-columns">
          <FileList
            files={files}
            fileCount={fileCount}
            chosen={chosen}
            isJustNow={isJustNow}
            onChoose={setChosen}
          />
          <div className="files-cards">
            {canRemark && (
              <p className="muted files-how">
                Click a line's number to comment on it; or go along the lines with <kbd>↑</kbd> <kbd>↓</kbd>{" "}
                and press <kbd>c</kbd>.
              </p>
            )}
            {shown.slice(0, cardsMax).map((file) => (
              <FileCard
                key={file.path}
                agent={agent}
                project={project}
                compared={compared}
                file={file}
                isJustNow={isJustNow(file.path)}
                isAlone={chosen !== undefined}
                isSplit={isSplit}
                review={review}
                canRemark={canRemark}
              />
            ))}
            {shown.length > cardsMax && (
              <button type="button" className="files-more" onClick={() => setCardsMax(cardsMax + CARDS_MAX)}>
                Show more of {plural(shown.length, "file")}
              </button>
            )}
            {shown.length === 0 && (
              <Empty>
                <Name text={chosen ?? ""} /> is as it was.{" "}
                <button type="button" className="quiet" onClick={() => setChosen(undefined)}>
                  Show all files
                </button>
              </Empty>
            )}
          </div>
        </div>
      )}
    </>
  );
}

const SKIPPED = {
  tooLarge: "too large",
  repository: "a repository of its own",
  private: "may hold keys",
} as const;

function emptyText({ kind }: Compared, agent: string): string {
  switch (kind) {
    case "all":
      return `${agent} has changed nothing yet. What it writes is shown here as it does.`;
    case "uncommitted":
      return `${agent} has committed all that it changed: see Committed.`;
    case "sinceCheckpoint":
      return "Nothing changed since that checkpoint.";
    case "committed":
      return `${agent} has committed nothing itself. That is no matter: a merge takes its files as they are.`;
    case "merged":
      return `Nothing of ${agent} was merged yet.`;
  }
}
