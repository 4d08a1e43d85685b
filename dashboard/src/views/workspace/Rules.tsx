import { lazy, Suspense, useState } from "react";
import { write } from "../../api/client.ts";
import { useRulesHistory } from "../../api/words.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { Author } from "../../parts/Author.tsx";
import { ActButton, useMay } from "../../parts/acting.tsx";
import { Answer, Loading } from "../../parts/answers.tsx";
import { Card, Empty, Foreign, Time } from "../../parts/basics.tsx";
import { bytesText, shortHex } from "../../text/amounts.ts";
import { hasDraft } from "./drafts.ts";
import { History, type TextVersion } from "./History.tsx";
import { bytesOf, RULES_BYTES_MAX } from "./limits.ts";
import type { VersionDraft } from "./VersionEditor.tsx";
import "./workspace.css";

/** With the editor it is larger than all the rest of the view: it comes when it is wanted. */
const VersionEditor = lazy(async () => ({ default: (await import("./VersionEditor.tsx")).VersionEditor }));

/** The one text that every agent of a cluster reads at its start. */
export function Rules({ id }: { readonly id: string }) {
  useWorkspaceChanges(id);
  const query = useRulesHistory(id);
  return (
    <>
      <header className="view-head">
        <h1>Rules</h1>
      </header>
      <p className="lead">
        Every agent of this cluster reads this when it starts, and again when it changes.
      </p>
      <Answer query={query} what="the rules" isPart>
        {({ pages }) => {
          const versions = pages.flatMap((page) => page.versions);
          return (
            <Shown
              cluster={id}
              versions={versions}
              isWhole={pages.at(-1)?.isWhole ?? true}
              more={{
                has: query.hasNextPage,
                isBusy: query.isFetchingNextPage,
                load: () => void query.fetchNextPage(),
              }}
            />
          );
        }}
      </Answer>
    </>
  );
}

function Shown({
  cluster,
  versions,
  isWhole,
  more,
}: {
  readonly cluster: string;
  readonly versions: readonly (TextVersion & { readonly text: string })[];
  readonly isWhole: boolean;
  readonly more: { readonly has: boolean; readonly isBusy: boolean; readonly load: () => void };
}) {
  const may = useMay("act");
  const name = `rules ${cluster}`;
  const [current] = versions;
  const draft = (): VersionDraft => ({ text: current?.text ?? "", base: current });
  const [start, setStart] = useState<VersionDraft | undefined>(() => (hasDraft(name) ? draft() : undefined));
  return (
    <>
      <Card id="rules" title="What stands now">
        {current === undefined ? (
          <Empty>
            There are no rules yet. Write what every agent here should hold to: how to work, and what to leave
            alone.
          </Empty>
        ) : (
          <p className="muted">
            {bytesText(bytesOf(current.text))}, written by <Author author={current.writer} /> ·{" "}
            <Time atMs={current.writtenAtMs} isExact /> · version <code>{shortHex(current.version)}</code>
          </p>
        )}
        {start === undefined ? (
          <>
            {current !== undefined && <Foreign text={current.text} label="The rules that stand" />}
            <div className="bar-of-actions">
              <ActButton may={may} onClick={() => setStart(draft())}>
                {current === undefined ? "Write rules" : "Edit"}
              </ActButton>
            </div>
          </>
        ) : (
          <Suspense fallback={<Loading what="the editor" />}>
            <VersionEditor
              name={name}
              label="The rules"
              current={current}
              start={start}
              bytesMax={RULES_BYTES_MAX}
              write={(text, ifVersion, requestId) =>
                write("POST /workspace/{cluster}/rules", { cluster }, { text, ifVersion, requestId })
              }
              changes={[["workspace", cluster, "rules"]]}
              onClose={() => setStart(undefined)}
            />
          </Suspense>
        )}
      </Card>
      {versions.length > 0 && (
        <History
          versions={versions}
          isWhole={isWhole}
          more={more}
          onTake={may.may && start === undefined ? (text) => setStart({ ...draft(), text }) : undefined}
        />
      )}
    </>
  );
}
