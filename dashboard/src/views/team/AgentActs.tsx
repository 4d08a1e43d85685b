import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { write } from "../../api/client.ts";
import type { Member } from "../../api/team.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Name } from "../../parts/basics.tsx";

/** What the daemon takes of a message, as it says. Characters are no more than bytes. */
const MESSAGE_CHARACTERS_MAX = 16_384;

/** What can be done with an agent beside writing to it: start its program again, end it. */
export function Acts({ cluster, member }: { readonly cluster: string; readonly member: Member }) {
  const [asked, setAsked] = useState<"restart" | "end">();
  const [told, setTold] = useState<string>();
  const may = useMay();
  // Others than helpers of this node end where they run.
  const isOurs = member.kind === "helper" && member.program !== undefined;
  return (
    <div>
      <div className="bar-of-actions">
        <ActButton may={may} isDisabled={!isOurs} onClick={() => setAsked("restart")}>
          Restart…
        </ActButton>
        <ActButton may={may} kind="danger" isDisabled={!isOurs} onClick={() => setAsked("end")}>
          End…
        </ActButton>
        {!isOurs && (
          <span className="muted">Only helpers that this node runs are restarted and ended here.</span>
        )}
      </div>
      <p role="status" className={told === undefined ? "unseen" : "team-told"}>
        {told}
      </p>
      {asked !== undefined && (
        <Ask
          cluster={cluster}
          member={member}
          what={asked}
          onClose={() => setAsked(undefined)}
          onDone={() => {
            setTold(asked === "end" ? "It has ended." : "Its program starts again.");
            setAsked(undefined);
          }}
        />
      )}
    </div>
  );
}

export function Write({ cluster, member }: { readonly cluster: string; readonly member: Member }) {
  const [text, setText] = useState("");
  const id = useId();
  const may = useMay();
  const send = useAct(
    (written: string) =>
      write(
        "POST /workspace/{cluster}/messages",
        { cluster },
        { destination: { kind: "direct", to: member.id }, text: written },
      ),
    { changes: [["workspace", cluster, "messages"]], onDone: () => setText("") },
  );
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (text.trim() !== "") send.mutate(text);
  }
  return (
    <form className="team-write" onSubmit={submit}>
      <label htmlFor={id}>Send it a message</label>
      <textarea
        id={id}
        rows={2}
        maxLength={MESSAGE_CHARACTERS_MAX}
        value={text}
        disabled={!may.may}
        onChange={({ target }) => setText(target.value)}
      />
      <WhyNot error={send.error} />
      <div className="bar-of-actions">
        <ActButton
          may={may}
          kind="chief"
          type="submit"
          isBusy={send.isPending}
          isDisabled={text.trim() === ""}
        >
          Send
        </ActButton>
        <span role="status" className="muted">
          {send.isSuccess && text === "" ? "Sent." : ""}
        </span>
      </div>
    </form>
  );
}

const QUESTIONS = {
  restart: {
    title: "Start its program again?",
    verb: "Restart it",
    lost: [
      "The turn that runs now is broken off, and its work is given to it again.",
      "It goes on in the same session where its program can; what it had only in its head may be lost.",
      "Its files, its messages and its task stay.",
    ],
  },
  end: {
    title: "End it for good?",
    verb: "End it",
    lost: [
      "Its program is stopped, and with it the turn that runs now. Work that is not done is not done by anybody.",
      "Its session, its private folder and its terminal go.",
      "What it changed in the copy of a project stays under Files until you merge or remove it.",
      "What it wrote in messages, memory and context stays. Its name is free again.",
    ],
  },
} as const;

function Ask({
  cluster,
  member,
  what,
  onClose,
  onDone,
}: {
  readonly cluster: string;
  readonly member: Member;
  readonly what: keyof typeof QUESTIONS;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { title, verb, lost } = QUESTIONS[what];
  const may = useMay();
  // The daemon knows its own helpers by their word alone.
  const name = member.id.split("/")[1] ?? member.name;
  const act = useAct(
    () =>
      what === "end"
        ? write("POST /workspace/{cluster}/agents/end", { cluster }, { name })
        : write("POST /workspace/{cluster}/agents/restart", { cluster }, { name }),
    { changes: [["workspace", cluster, "presence"]], onDone },
  );
  return (
    <Dialog title={title} onClose={onClose}>
      {(close) => (
        <>
          <p>
            <Name text={member.name} />:
          </p>
          <ul className="team-lost">
            {lost.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <WhyNot error={act.error} />
          <div className="bar-of-actions">
            <button type="button" onClick={close}>
              Leave it as it is
            </button>
            <ActButton
              may={may}
              kind={what === "end" ? "danger" : "chief"}
              isBusy={act.isPending}
              onClick={() => act.mutate(undefined)}
            >
              {verb}
            </ActButton>
          </div>
        </>
      )}
    </Dialog>
  );
}

export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: (close: () => void) => ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="team-dialog" aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}
