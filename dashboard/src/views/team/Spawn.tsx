import {
  type ClipboardEvent,
  type DragEvent,
  type FormEvent,
  type ReactNode,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { write, writeBlob } from "../../api/client.ts";
import { useOffers } from "../../api/team.ts";
import type { OffersAnswer, SpawnAgentBody } from "../../api/types.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Command } from "../../parts/basics.tsx";
import { cleanName } from "../../text/clean.ts";
import { freeName, sizeText, type TaskFile, whyTooMuch } from "./files.ts";

/** What the daemon takes of a goal and of a task. Bytes. */
const TEXT_BYTES_MAX = 16_384;
const LINE_CHARACTERS_MAX = 200;
const NAME_PATTERN = "[a-z0-9][a-z0-9\\-]{0,30}";

interface SpawnProps {
  readonly cluster: string;
  /** Names that somebody has. */
  readonly taken: readonly string[];
  readonly onClose: () => void;
  readonly onDone: (name: string) => void;
}

/** Starts an agent: who it is, what runs it, what it does first, and files for that. */
export function Spawn(props: SpawnProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const offers = useOffers();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="team-dialog" aria-labelledby={titleId} onClose={props.onClose}>
      <div className="team-dialog-head">
        <h2 id={titleId}>Start an agent</h2>
        <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
      <Answer query={offers} what="what an agent can be started with" isPart>
        {(offered) =>
          offered.services.length === 0 ? <NoService /> : <SpawnForm {...props} offers={offered} />
        }
      </Answer>
    </dialog>
  );
}

function NoService() {
  return (
    <section className="calm calm-part">
      <p>
        This node has no service that can run an agent. Name one under <code>services</code> in pleiad.yaml,
        for example a coding agent that is installed here. What there is on this machine says:
      </p>
      <p>
        <Command line="pleiad doctor" />
      </p>
    </section>
  );
}

function SpawnForm({ cluster, taken, offers, onDone }: SpawnProps & { readonly offers: OffersAnswer }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("");
  const [goal, setGoal] = useState("");
  const [task, setTask] = useState("");
  const [budget, setBudget] = useState("");
  const [service, setService] = useState(offers.services[0]?.name ?? "");
  const [project, setProject] = useState(offers.projects.length === 1 ? (offers.projects[0] ?? "") : "");
  const files = useFiles(offers);
  const may = useMay();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const hasFolder = offers.services.find((one) => one.name === service)?.hasFolder === true;
  const spawn = useAct((body: SpawnAgentBody) => handOver(cluster, body, files.files, files.setSent), {
    changes: [["workspace", cluster, "presence"]],
    onDone: (_done, body) => onDone(body.name),
  });
  const tooLong = [goal, task].some((text) => bytesOf(text) > TEXT_BYTES_MAX);
  const isTaken = taken.includes(name);
  function submit(event: FormEvent): void {
    event.preventDefault();
    spawn.mutate({
      name,
      role: role.trim() || name,
      goal: goal.trim() || "help your team",
      service,
      ...(task.trim() === "" ? {} : { task }),
      ...(project === "" || !hasFolder ? {} : { project }),
      ...(budget.trim() === "" ? {} : { budget: budget.trim() }),
    });
  }
  return (
    <form className="form" onSubmit={submit} onPaste={files.onPaste}>
      <div className="team-two">
        <Field
          label="Name"
          hint={isTaken ? `Somebody is called ${name} already.` : "a–z, 0–9 and -, at most 31"}
        >
          {(id, hint) => (
            <input
              id={id}
              aria-describedby={hint}
              aria-invalid={isTaken}
              required
              ref={first}
              autoComplete="off"
              spellCheck={false}
              pattern={NAME_PATTERN}
              title="a–z, 0–9 and -, at most 31, not - first"
              value={name}
              onChange={({ target }) => setName(target.value)}
            />
          )}
        </Field>
        <Field label="Role" hint="what it is, in a line; its name where you say nothing">
          {(id, hint) => (
            <input
              id={id}
              aria-describedby={hint}
              autoComplete="off"
              maxLength={LINE_CHARACTERS_MAX}
              value={role}
              onChange={({ target }) => setRole(target.value)}
            />
          )}
        </Field>
        <Field label="Service" hint="what runs it">
          {(id, hint) => (
            <select
              id={id}
              aria-describedby={hint}
              value={service}
              onChange={({ target }) => setService(target.value)}
            >
              {offers.services.map((one) => (
                <option key={one.name} value={one.name}>
                  {`${cleanName(one.name)} (${one.kind}${one.model === null ? "" : `, ${cleanName(one.model, 60)}`})`}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Project"
          hint={hasFolder ? "it works in a copy of its own" : "this service works in no folder"}
        >
          {(id, hint) => (
            <select
              id={id}
              aria-describedby={hint}
              disabled={!hasFolder}
              value={hasFolder ? project : ""}
              onChange={({ target }) => setProject(target.value)}
            >
              <option value="">None: an empty folder</option>
              {offers.projects.map((one) => (
                <option key={one} value={one}>
                  {cleanName(one)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Field label="Goal" hint={hintOf(goal, "what it is there for; it knows nothing else of your work")}>
        {(id, hint) => (
          <textarea
            id={id}
            aria-describedby={hint}
            rows={2}
            value={goal}
            onChange={({ target }) => setGoal(target.value)}
          />
        )}
      </Field>
      <Field label="Task" hint={hintOf(task, "what it does first; its result comes to you as a message")}>
        {(id, hint) => (
          <textarea
            id={id}
            aria-describedby={hint}
            rows={4}
            value={task}
            onChange={({ target }) => setTask(target.value)}
          />
        )}
      </Field>
      <Files {...files} offers={offers} />
      <Field
        label={`Budget, ${offers.currency}`}
        hint={
          offers.budget === null
            ? "what it may cost in all, as 12.50; no bound where you say nothing"
            : `what it may cost in all, as 12.50; at most ${offers.budget}`
        }
      >
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            inputMode="decimal"
            autoComplete="off"
            maxLength={16}
            className="team-short"
            value={budget}
            onChange={({ target }) => setBudget(target.value)}
          />
        )}
      </Field>
      <WhyNot error={spawn.error} />
      <div className="bar-of-actions">
        <ActButton
          may={may}
          kind="chief"
          type="submit"
          isBusy={spawn.isPending}
          isDisabled={isTaken || tooLong || files.why !== undefined}
        >
          {spawn.isPending ? workingText(files.sent, files.files.length) : "Start it"}
        </ActButton>
      </div>
    </form>
  );
}

function workingText(sent: number, count: number): string {
  return sent < count ? `Handing over file ${sent + 1} of ${count}…` : "Starting…";
}

/** Files first, one after the other; the same again costs nothing, as they are known by what they hold. */
async function handOver(
  cluster: string,
  body: SpawnAgentBody,
  files: readonly TaskFile[],
  onSent: (count: number) => void,
): Promise<unknown> {
  const named = [];
  for (const { name, mediaType, bytes } of files) {
    onSent(named.length);
    named.push({ name, mediaType, digest: await writeBlob(bytes) });
  }
  onSent(named.length);
  return write(
    "POST /workspace/{cluster}/agents",
    { cluster },
    { ...body, ...(named.length === 0 ? {} : { files: named }) },
  );
}

function useFiles(offers: OffersAnswer) {
  const [files, setFiles] = useState<readonly TaskFile[]>([]);
  const [refused, setRefused] = useState<string>();
  const [sent, setSent] = useState(0);
  const sized = files.map(({ name, bytes }) => ({ name, size: bytes.length }));
  /** What is too much is not even read. */
  async function take(given: Iterable<File>): Promise<void> {
    const list = [...given];
    if (list.length === 0) return;
    const why = whyTooMuch([...sized, ...list], offers);
    setRefused(why);
    if (why !== undefined) return;
    const read = await Promise.all(
      list.map(async (file) => ({
        name: file.name,
        mediaType: file.type || "application/octet-stream",
        bytes: new Uint8Array(await file.arrayBuffer()),
      })),
    );
    setFiles((now) => {
      const next = [...now];
      for (const file of read)
        next.push({
          ...file,
          name: freeName(
            file.name,
            next.map(({ name }) => name),
          ),
        });
      return next;
    });
  }
  return {
    files,
    take,
    sent,
    setSent,
    refused,
    why: whyTooMuch(sized, offers),
    remove: (name: string) => setFiles((now) => now.filter((file) => file.name !== name)),
    onPaste(event: ClipboardEvent): void {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      void take(event.clipboardData.files);
    },
  };
}

function Files({
  files,
  take,
  remove,
  refused,
  offers,
}: ReturnType<typeof useFiles> & { readonly offers: OffersAnswer }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  }
  return (
    <fieldset className="field team-files">
      <legend>Files and images for the task</legend>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is dropped here can be chosen with the button within, too. */}
      <div
        className={isOver ? "team-drop team-drop-over" : "team-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          type="file"
          multiple
          className="unseen"
          tabIndex={-1}
          aria-label="Files for the task"
          onChange={({ target }) => {
            void take(target.files ?? []);
            target.value = "";
          }}
        />
        <button type="button" onClick={() => input.current?.click()}>
          Choose files
        </button>
        <span className="muted">
          or drop or paste them here: {offers.filesMax} at most, {sizeText(offers.fileBytesMax)} each,{" "}
          {sizeText(offers.filesBytesMax)} in all
        </span>
      </div>
      {refused !== undefined && (
        <p role="alert" className="why-not">
          {refused}
        </p>
      )}
      {files.length > 0 && (
        <ul className="team-file-list" aria-label="Files that go with the task">
          {files.map(({ name, mediaType, bytes }) => (
            <li key={name}>
              <bdi>{cleanName(name, 60)}</bdi>
              <span className="muted">
                {mediaType}, {sizeText(bytes.length)}
              </span>
              <button
                type="button"
                className="quiet"
                onClick={() => remove(name)}
                aria-label={`Leave out ${name}`}
              >
                Leave out
              </button>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint: string;
  readonly children: (id: string, hintId: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, `${id}-hint`)}
      <span id={`${id}-hint`} className="muted team-hint">
        {hint}
      </span>
    </div>
  );
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** How much room is left, once that matters. */
function hintOf(text: string, hint: string): string {
  const bytes = text.length < TEXT_BYTES_MAX / 4 ? 0 : bytesOf(text);
  if (bytes > TEXT_BYTES_MAX)
    return `It has ${sizeText(bytes)}, at most ${sizeText(TEXT_BYTES_MAX)} are taken: put what is long into a file.`;
  return bytes > TEXT_BYTES_MAX * 0.8 ? `${sizeText(TEXT_BYTES_MAX - bytes)} are left` : hint;
}
