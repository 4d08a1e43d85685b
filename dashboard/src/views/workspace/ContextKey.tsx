import { lazy, Suspense, useState } from "react";
import { write } from "../../api/client.ts";
import { type ContextVersion, useContextHistory } from "../../api/words.ts";
import { Author } from "../../parts/Author.tsx";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer, Loading } from "../../parts/answers.tsx";
import { Card, Time } from "../../parts/basics.tsx";
import { goTo, Link, useSearch } from "../../router.tsx";
import { bytesText, shortHex } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { hasDraft } from "./drafts.ts";
import { History, type TextVersion } from "./History.tsx";
import { bytesOf, CONTEXT_VALUE_BYTES_MAX } from "./limits.ts";
import { readableOf } from "./text/valueKinds.ts";
import { ValueText } from "./ValueText.tsx";
import type { VersionDraft } from "./VersionEditor.tsx";

/** With the editor it is larger than all the rest of the view: it comes when it is wanted. */
const VersionEditor = lazy(async () => ({ default: (await import("./VersionEditor.tsx")).VersionEditor }));

/** One key of the whiteboard: what stands there, a way to write it, and how it came to be. */
export function ContextKey({
  cluster,
  contextKey,
}: {
  readonly cluster: string;
  readonly contextKey: string;
}) {
  const query = useContextHistory(cluster, contextKey);
  const shared = { cluster, contextKey, onMore: () => void query.fetchNextPage() };
  return (
    <div className="ws-chosen">
      <p className="ws-back">
        <Link to={{ view: "context", id: cluster }}>All keys</Link>
      </p>
      <Answer query={query} what="the key" isPart>
        {({ pages }) => (
          <Shown
            {...shared}
            versions={pages.flatMap((page) => page.versions).map(versionOf)}
            isWhole={pages.at(-1)?.isWhole ?? true}
            hasMore={query.hasNextPage}
            isMoreBusy={query.isFetchingNextPage}
          />
        )}
      </Answer>
    </div>
  );
}

function versionOf({ version, value, writer, writtenAtMs }: ContextVersion): TextVersion {
  return { version, text: value, writer, writtenAtMs };
}

function Shown({
  cluster,
  contextKey,
  versions,
  isWhole,
  hasMore,
  isMoreBusy,
  onMore,
}: {
  readonly cluster: string;
  readonly contextKey: string;
  readonly versions: readonly TextVersion[];
  readonly isWhole: boolean;
  readonly hasMore: boolean;
  readonly isMoreBusy: boolean;
  readonly onMore: () => void;
}) {
  const may = useMay("act");
  const name = `context ${cluster} ${contextKey}`;
  const [isAsked, setAsked] = useSearch("edit");
  const [current] = versions;
  const [start, setStart] = useState<VersionDraft | undefined>(() =>
    isAsked !== undefined || hasDraft(name) ? draftOf(current) : undefined,
  );
  const isBinary = current?.text != null && readableOf(current.text).kind === "binary";
  function close(): void {
    setAsked(undefined);
    setStart(undefined);
  }
  const isEditing = start !== undefined && !isBinary;
  return (
    <>
      <Card id="value" title={cleanName(contextKey)}>
        {current === undefined ? (
          <p className="muted">Nothing is written under this key.</p>
        ) : (
          <p className="muted">
            {current.text === null ? "Deleted by " : `${bytesText(bytesOf(current.text))}, written by `}
            <Author author={current.writer} /> · <Time atMs={current.writtenAtMs} isExact /> · version{" "}
            <code>{shortHex(current.version)}</code>
          </p>
        )}
        {isEditing ? (
          <Suspense fallback={<Loading what="the editor" />}>
            <VersionEditor
              name={name}
              label={`Value of ${cleanName(contextKey)}`}
              current={current}
              start={start}
              bytesMax={CONTEXT_VALUE_BYTES_MAX}
              write={(value, ifVersion, requestId) =>
                write(
                  "POST /workspace/{cluster}/context",
                  { cluster },
                  { key: contextKey, value, ifVersion, requestId },
                )
              }
              changes={[["workspace", cluster, "context"]]}
              onClose={close}
            />
          </Suspense>
        ) : (
          <>
            {current?.text != null && <ValueText text={current.text} />}
            <div className="bar-of-actions">
              <ActButton may={may} isDisabled={isBinary} onClick={() => setStart(draftOf(current))}>
                {current?.text == null ? "Write a value" : "Edit"}
              </ActButton>
              {current?.text != null && (
                <Delete cluster={cluster} contextKey={contextKey} current={current} />
              )}
            </div>
            {isBinary && (
              <p className="muted">
                An editor would change bytes that are no text, so it is not edited here.
              </p>
            )}
          </>
        )}
      </Card>
      {versions.length > 0 && (
        <History
          versions={versions}
          isWhole={isWhole}
          more={{ has: hasMore, isBusy: isMoreBusy, load: onMore }}
          onTake={
            may.may && !isBinary && !isEditing ? (text) => setStart({ ...draftOf(current), text }) : undefined
          }
        />
      )}
    </>
  );
}

function draftOf(current: TextVersion | undefined): VersionDraft {
  return { text: current?.text ?? "", base: current };
}

function Delete({
  cluster,
  contextKey,
  current,
}: {
  readonly cluster: string;
  readonly contextKey: string;
  readonly current: TextVersion;
}) {
  const may = useMay("act");
  const [isSure, setSure] = useState(false);
  const remove = useAct(
    (ifVersion: string) =>
      write("POST /workspace/{cluster}/context/delete", { cluster }, { key: contextKey, ifVersion }),
    {
      changes: [["workspace", cluster, "context"]],
      onDone: () => goTo({ view: "contextKey", id: cluster, key: contextKey }),
    },
  );
  if (!isSure)
    return (
      <>
        <ActButton may={{ ...may, whyNot: undefined }} kind="danger" onClick={() => setSure(true)}>
          Delete
        </ActButton>
        <WhyNot error={remove.error} />
      </>
    );
  return (
    <span className="bar-of-actions" role="alert">
      <span>Delete it? What stood there stays in the history.</span>
      <ActButton
        may={may}
        kind="danger"
        isBusy={remove.isPending}
        onClick={() => {
          remove.mutate(current.version);
          setSure(false);
        }}
      >
        Yes, delete it
      </ActButton>
      <button type="button" onClick={() => setSure(false)}>
        Keep it
      </button>
    </span>
  );
}
