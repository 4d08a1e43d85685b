import { type FormEvent, useState } from "react";
import { write } from "../../api/client.ts";
import { type Folder, usePreview } from "../../api/folders.ts";
import type { MergeFolderAnswer, PreviewMergeAnswer } from "../../api/types.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Empty, Name } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";
import { Dialog } from "./Dialog.tsx";
import { Conflicts } from "./MergeQueue.tsx";

/** Says what a merge would come to, and asks for it: it then waits for its turn in the queue, whoever looks. */
export function MergeDialog({
  folder,
  gate,
  onClose,
  onDone,
}: {
  readonly folder: Folder;
  readonly gate: readonly string[] | null;
  readonly onClose: () => void;
  readonly onDone: (merge: MergeFolderAnswer) => void;
}) {
  const { agent, projectBranch = "" } = folder;
  const may = useMay();
  const [target, setTarget] = useState(projectBranch);
  const [message, setMessage] = useState("");
  /** The branch that is looked at: not each letter of it. */
  const [looked, setLooked] = useState(projectBranch);
  const preview = usePreview(agent, looked, looked !== "");
  const ask = useAct(
    () =>
      write(
        "POST /folders/{agent}/merge",
        { agent },
        { target, isDetached: true, ...(message.trim() === "" ? {} : { message: message.trim() }) },
      ),
    {
      changes: [["folders"]],
      onDone(merge) {
        onClose();
        onDone(merge);
      },
    },
  );
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (looked === target) ask.mutate();
    else setLooked(target);
  }
  const isLookedAt = looked === target && target !== "";
  return (
    <Dialog title={`Merge the work of ${agent}`} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor="merge-target">Into the branch</label>
          <input
            id="merge-target"
            type="text"
            autoComplete="off"
            spellCheck={false}
            value={target}
            onChange={({ target: { value } }) => setTarget(value)}
            onBlur={() => setLooked(target)}
          />
        </div>
        <div className="field">
          <label htmlFor="merge-message">Message of the commit</label>
          <textarea
            id="merge-message"
            rows={2}
            placeholder={`Merge the work of ${agent}`}
            value={message}
            onChange={({ target: { value } }) => setMessage(value)}
          />
        </div>
        {isLookedAt && (
          <Answer query={preview} what="what the merge would come to" isPart>
            {(found) => <Outcome found={found} gate={gate} />}
          </Answer>
        )}
        <div className="bar-of-actions">
          {isLookedAt ? (
            <ActButton
              may={may}
              type="submit"
              kind="chief"
              isBusy={ask.isPending}
              isDisabled={preview.data !== undefined && preview.data.outcome !== "clean"}
            >
              Ask to merge
            </ActButton>
          ) : (
            <button type="submit" disabled={target === ""}>
              See what it would come to
            </button>
          )}
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
        <WhyNot error={ask.error} />
      </form>
    </Dialog>
  );
}

function Outcome({
  found: { outcome, target, files, conflicts, conflictCount, collisions },
  gate,
}: {
  readonly found: PreviewMergeAnswer;
  readonly gate: readonly string[] | null;
}) {
  switch (outcome) {
    case "clean":
      return (
        <p>
          <Badge tone="good">It fits</Badge> {plural(files.length, "file")} would change in{" "}
          <Name text={target} />
          {gate === null ? ", as one commit." : ", as one commit, if the gate says yes."}
        </p>
      );
    case "nothing":
      return (
        <Empty>
          <Name text={target} /> has it all already: there is nothing to merge.
        </Empty>
      );
    case "conflict":
      return (
        <>
          <p>
            <Badge tone="bad">Conflict</Badge> in {plural(conflictCount, "file")}. Nothing is moved: ask the
            agent to take in what <Name text={target} /> has, then try again.
          </p>
          <Conflicts conflicts={conflicts} />
        </>
      );
    case "collision":
      return (
        <p>
          <Badge tone="bad">Names collide</Badge> These differ in case alone:{" "}
          <Name text={collisions.join(", ")} />
        </p>
      );
  }
}
