import { useEffect, useRef } from "react";
import { write } from "../../api/client.ts";
import { type MergeRow, useMerge } from "../../api/folders.ts";
import type { FolderMergeAnswer } from "../../api/types.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Disclosure, Empty, Foreign, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { cleanName, cleanText } from "../../text/clean.ts";
import { durationText, isGoing, standingOf } from "./words.ts";

/** Of the gate's command so much is shown beside the heading; a pointer that rests on it gets the rest. */
const GATE_CHARACTERS_MAX = 80;

/** Merges: those that wait or run, with what the gate says as it says it, and those that ended. */
export function MergeQueue({
  merges,
  gate,
}: {
  readonly merges: readonly MergeRow[];
  readonly gate: readonly string[] | null;
}) {
  const going = merges.filter(isGoing).toReversed();
  const ended = merges.filter((merge) => !isGoing(merge));
  return (
    <Card
      id="merges"
      title="Merge queue"
      aside={
        <span className="muted">
          {gate === null ? (
            "No gate: what fits is merged"
          ) : (
            <>
              Gate:{" "}
              <code title={cleanText(gate.join(" "))}>{cleanName(gate.join(" "), GATE_CHARACTERS_MAX)}</code>
            </>
          )}
        </span>
      }
    >
      {going.length === 0 && (
        <Empty>
          Nothing waits. Ask for a merge where an agent's files are shown
          {gate === null && "; a command that each merge has to pass is set with folders.gate"}.
        </Empty>
      )}
      {going.length > 0 && (
        <ol className="rows" aria-label="Waiting and running">
          {going.map((merge) => (
            <GoingMerge key={merge.id} merge={merge} />
          ))}
        </ol>
      )}
      {ended.length > 0 && (
        <>
          <h3 id="merges-ended">Ended</h3>
          <ol className="rows" aria-labelledby="merges-ended">
            {ended.map((merge) => (
              <EndedMerge key={merge.id} merge={merge} />
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}

function MergeHead({ merge }: { readonly merge: MergeRow }) {
  const [words, tone] = standingOf(merge);
  return (
    <>
      <span className="row-title">
        <Link to={{ view: "agentFiles", agent: merge.agent }} search={{ kind: "merged" }}>
          <Name text={merge.agent} />
        </Link>{" "}
        → <Name text={merge.target} />
      </span>
      <Badge tone={tone}>{words}</Badge>
      <span className="row-text muted">
        merge {merge.id}
        {merge.askedBy !== undefined && (
          <>
            , asked for by <Name text={merge.askedBy} />
          </>
        )}
      </span>
      <span className="row-time">
        <Time atMs={merge.endedAtMs ?? merge.askedAtMs} isExact />
      </span>
    </>
  );
}

function GoingMerge({ merge }: { readonly merge: MergeRow }) {
  const may = useMay();
  const { id, agent, target, state } = merge;
  const stop = useAct(() => write("POST /folders/merges/{id}/stop", { id }, undefined), {
    changes: [["folders"], ["merge", String(id)]],
  });
  return (
    <li className="row" aria-label={`Merge ${id} of ${agent} into ${target}`}>
      <MergeHead merge={merge} />
      <ActButton may={may} isBusy={stop.isPending} isDisabled={stop.isSuccess} onClick={() => stop.mutate()}>
        {stop.isSuccess ? "Stopping…" : "Stop"}
      </ActButton>
      {state === "gate" && <GateLive id={id} />}
      <WhyNot error={stop.error} />
    </li>
  );
}

/** What a gate prints, as it does: its end is in sight for as long as nobody scrolls away from it. */
function GateLive({ id }: { readonly id: number }) {
  const { data } = useMerge(id);
  const output = data?.gateOutput ?? "";
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it goes on with each text.
  useEffect(() => {
    const element = box.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [output]);
  return (
    <section
      ref={box}
      className="foreign files-gate"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
      tabIndex={0}
      aria-label="What the gate prints"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      <pre dir="auto">{output === "" ? "Nothing printed yet." : cleanText(output)}</pre>
    </section>
  );
}

function EndedMerge({ merge }: { readonly merge: MergeRow }) {
  const { id, agent, target, outcome, commit, ref, error, gate } = merge;
  return (
    <li className="row" aria-label={`Merge ${id} of ${agent} into ${target}`}>
      <MergeHead merge={merge} />
      <div className="files-merge-more">
        {outcome === "merged" && (
          <p className="muted">
            as <code title={commit}>{commit?.slice(0, 12)}</code>
            {gate !== undefined && `, after a gate of ${durationText(gate.durationMs)}`}
          </p>
        )}
        {outcome === "ready" ? (
          <p>
            <Name text={target} /> is checked out, so the commit is made and the branch is yours to move:{" "}
            <Command line={`git merge --ff-only ${ref}`} />
          </p>
        ) : (
          error !== undefined && (
            <p className={error.code === "MERGE_STOPPED" ? undefined : "files-why"}>
              <Name text={error.message} /> <span className="muted">{error.hint}</span>
            </p>
          )
        )}
        {(gate !== undefined || outcome === "conflict") && (
          <Disclosure summary={outcome === "conflict" ? "What conflicts" : "What its gate printed"}>
            {() => <MergeDetails id={id} />}
          </Disclosure>
        )}
      </div>
    </li>
  );
}

function MergeDetails({ id }: { readonly id: number }) {
  const query = useMerge(id);
  return (
    <Answer query={query} what="the merge" isPart>
      {({ gate, conflicts }) => (
        <>
          {conflicts !== undefined && <Conflicts conflicts={conflicts} />}
          {gate !== undefined && (
            <>
              <p className="muted">
                {gate.exitCode === null ? gate.reason : `exit code ${gate.exitCode}`} after{" "}
                {durationText(gate.durationMs)}
                {gate.exceeded !== undefined && `: ${gate.exceeded}`}
              </p>
              {gate.outputTail === "" ? (
                <Empty>It printed nothing.</Empty>
              ) : (
                <Foreign text={gate.outputTail} label={`What the gate of merge ${id} printed`} />
              )}
            </>
          )}
        </>
      )}
    </Answer>
  );
}

export function Conflicts({
  conflicts,
}: {
  readonly conflicts: NonNullable<FolderMergeAnswer["conflicts"]>;
}) {
  return (
    <ul className="files-conflicts" aria-label="Conflicts">
      {conflicts.map(({ path, reasons, hunks }) => (
        <li key={path}>
          <h3>
            <Name text={path} /> <span className="count">{plural(hunks.length, "place")}</span>
          </h3>
          {reasons.map((reason) => (
            <p key={reason} className="muted">
              <Name text={reason} />
            </p>
          ))}
          {hunks.length > 0 && (
            <Foreign text={hunks.join("\n\n")} label={`Both sides of ${path.slice(0, 80)}`} />
          )}
        </li>
      ))}
    </ul>
  );
}
