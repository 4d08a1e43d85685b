import { type ReactNode, useState } from "react";
import { ApiFailure } from "../../api/client.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Foreign, Name, Time } from "../../parts/basics.tsx";
import { shortHex } from "../../text/amounts.ts";
import { Diff } from "./Diff.tsx";
import { createRequests, useDraft } from "./drafts.ts";
import { Editor } from "./Editor.tsx";
import type { TextVersion } from "./History.tsx";
import { bytesOf } from "./limits.ts";
import { SizeNote } from "./SizeNote.tsx";
import { withLineEndsOf } from "./text/valueKinds.ts";

/** What somebody writes, and over what. */
export interface VersionDraft {
  readonly text: string;
  /** What stood when it was begun: undefined where there was nothing. */
  readonly base: TextVersion | undefined;
  /** What was written and is set aside, for theirs. */
  readonly aside?: string;
}

/**
 * Edits a text that others may write, too. It is written only over the version that it was made of: where somebody else was faster, both texts
 * are shown, and whoever edits decides. Nothing is lost on the way.
 */
export function VersionEditor({
  name,
  label,
  current,
  start,
  bytesMax,
  write,
  changes,
  onClose,
}: {
  /** By which the draft is found again. */
  readonly name: string;
  readonly label: string;
  /** What stands now, as it comes. */
  readonly current: TextVersion | undefined;
  readonly start: VersionDraft;
  readonly bytesMax: number;
  readonly write: (text: string, ifVersion: string | null, requestId: string) => Promise<unknown>;
  readonly changes: readonly (readonly unknown[])[];
  readonly onClose: () => void;
}) {
  const may = useMay("act");
  const [draft, setDraft] = useDraft(name, start);
  const [isComparing, setComparing] = useState(false);
  const [requestOf] = useState(createRequests);
  const save = useAct(
    ({ text, over }: { readonly text: string; readonly over: TextVersion | undefined }) => {
      const ifVersion = standing(over)?.version ?? null;
      return write(text, ifVersion, requestOf([text, ifVersion]));
    },
    {
      changes,
      onDone: () => close(),
    },
  );
  const { base, text, aside } = draft;
  const isOvertaken = current !== undefined && current.version !== base?.version && !save.isPending;
  const isConflict = save.error instanceof ApiFailure && save.error.code === "VERSION_CONFLICT";
  const original = base?.text ?? "";
  const isTooLong = bytesOf(text) > bytesMax;

  function close(): void {
    setDraft(start);
    onClose();
    // The button that was pressed is no more: who goes on by keyboard goes on here.
    document.getElementById("main")?.focus();
  }
  return (
    <div className="form">
      {isOvertaken && (
        <Overtaken
          current={current}
          base={base}
          mine={text}
          isOpen={isComparing || isConflict}
          onCompare={() => {
            if (isConflict) save.reset();
            setComparing(!(isComparing || isConflict));
          }}
        >
          <ActButton
            may={may}
            isBusy={save.isPending}
            isDisabled={isTooLong}
            onClick={() => save.mutate({ text, over: current })}
          >
            {`Keep mine (write over version ${shortHex(current.version)})`}
          </ActButton>
          <button
            type="button"
            onClick={() => {
              save.reset();
              setComparing(false);
              setDraft({ text: current.text ?? "", base: current, aside: text });
            }}
          >
            Take theirs
          </button>
          <button
            type="button"
            onClick={() => {
              save.reset();
              setComparing(false);
            }}
          >
            Go on editing
          </button>
        </Overtaken>
      )}
      {aside !== undefined && (
        <div className="ws-notice" role="status">
          <p>What you had written is set aside.</p>
          <p className="bar-of-actions">
            <button type="button" onClick={() => setDraft({ base, text: aside, aside: text })}>
              Change it for what is here
            </button>
            <button type="button" onClick={() => setDraft({ base, text })}>
              Throw it away
            </button>
          </p>
        </div>
      )}
      <Editor
        label={label}
        text={text}
        onChange={(next) => setDraft({ ...draft, text: withLineEndsOf(next, original) })}
      />
      <div className="bar-of-actions">
        <ActButton
          kind="chief"
          may={may}
          isBusy={save.isPending}
          isDisabled={isTooLong || (text === original && base?.text !== null && base !== undefined)}
          onClick={() => save.mutate({ text, over: base })}
        >
          Save
        </ActButton>
        <button type="button" onClick={close}>
          Drop this
        </button>
        <SizeNote text={text} bytesMax={bytesMax} />
        <span className="muted ws-hint">What you write here stays until you leave the page.</span>
      </div>
      {!isConflict && <WhyNot error={save.error} />}
      {isConflict && !isOvertaken && (
        <p className="ws-notice" role="alert">
          Somebody else wrote meanwhile. What they wrote is on its way here.
        </p>
      )}
    </div>
  );
}

/** A deleted value is none, whatever its version. */
function standing(version: TextVersion | undefined): TextVersion | undefined {
  return version?.text == null ? undefined : version;
}

function Overtaken({
  current,
  base,
  mine,
  isOpen,
  onCompare,
  children,
}: {
  readonly current: TextVersion;
  readonly base: TextVersion | undefined;
  readonly mine: string;
  readonly isOpen: boolean;
  readonly onCompare: () => void;
  readonly children: ReactNode;
}) {
  return (
    <div className="ws-notice" role="alert">
      <p>
        <strong>
          <Name text={current.writer.name} />{" "}
          {current.text === null ? "deleted this while you edit" : "wrote another version while you edit"}
        </strong>{" "}
        (<Time atMs={current.writtenAtMs} />, version {shortHex(current.version)}). Yours is not written yet;
        nothing is lost.
      </p>
      <p className="bar-of-actions">
        <button type="button" aria-expanded={isOpen} onClick={onCompare}>
          {isOpen ? "Hide both" : "Look at both"}
        </button>
        {!isOpen && <span>You can go on, and decide when you save.</span>}
      </p>
      {isOpen && (
        <>
          <div className="ws-beside">
            <div>
              <p className="ws-part">Theirs</p>
              {current.text === null ? (
                <p>It is deleted.</p>
              ) : (
                <Foreign text={current.text} label="What they wrote" />
              )}
            </div>
            <div>
              <p className="ws-part">Mine</p>
              <Foreign text={mine} label="What you wrote" />
            </div>
          </div>
          <div>
            <p className="ws-part">What they changed</p>
            <Diff from={base?.text ?? ""} to={current.text ?? ""} label="What they changed" />
          </div>
          <p className="bar-of-actions">{children}</p>
        </>
      )}
    </div>
  );
}
