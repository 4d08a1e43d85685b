import { useState } from "react";
import { write } from "../../api/client.ts";
import { type Folder, useCheckpoints, useDiffFiles } from "../../api/folders.ts";
import type { FolderCheckpointsAnswer, RollBackFolderAnswer } from "../../api/types.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Empty, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { Dialog } from "./Dialog.tsx";
import { ChangeMark, Counts } from "./marks.tsx";

type Checkpoint = FolderCheckpointsAnswer["checkpoints"][number];

/** Chooses a checkpoint, shows what going back to it would undo, and goes back. */
export function RollbackDialog({
  folder,
  onClose,
  onDone,
}: {
  readonly folder: Folder;
  readonly onClose: () => void;
  readonly onDone: (done: RollBackFolderAnswer) => void;
}) {
  const { agent } = folder;
  const query = useCheckpoints(agent);
  return (
    <Dialog title={`Roll back the files of ${agent}`} onClose={onClose}>
      <p className="muted">
        A checkpoint is made before each turn. Only this agent's files change, and what is undone is kept.
      </p>
      <Answer query={query} what="its checkpoints" isPart>
        {({ checkpoints }) =>
          checkpoints.length === 0 ? (
            <Empty>There is no checkpoint yet: the first is made before its first turn.</Empty>
          ) : (
            <Choice
              folder={folder}
              checkpoints={checkpoints.toReversed()}
              onClose={onClose}
              onDone={onDone}
            />
          )
        }
      </Answer>
    </Dialog>
  );
}

function Choice({
  folder: { agent, activity },
  checkpoints,
  onClose,
  onDone,
}: {
  readonly folder: Folder;
  readonly checkpoints: readonly Checkpoint[];
  readonly onClose: () => void;
  readonly onDone: (done: RollBackFolderAnswer) => void;
}) {
  const may = useMay();
  const [chosen, setChosen] = useState(checkpoints[0]?.number ?? 1);
  const back = useAct(
    () => write("POST /folders/{agent}/rollback", { agent }, { checkpoint: chosen }, { timeoutMs: 600_000 }),
    {
      changes: [["folder", agent], ["folders"]],
      onDone(done) {
        onClose();
        onDone(done);
      },
    },
  );
  const isWorking = activity === "working";
  return (
    <>
      <fieldset className="files-checkpoints">
        <legend>To which checkpoint</legend>
        {checkpoints.map(({ number, note, atMs }) => (
          <label key={number}>
            <input
              type="radio"
              name="checkpoint"
              checked={number === chosen}
              onChange={() => setChosen(number)}
            />
            <span>
              <strong>{number}</strong> <Name text={note} />
            </span>
            <span className="muted">
              <Time atMs={atMs} isExact />
            </span>
          </label>
        ))}
      </fieldset>
      <Undone agent={agent} checkpoint={chosen} />
      {isWorking && (
        <p className="muted">
          <Name text={agent} /> is in a turn now, and writes: wait until it waits, then roll back.
        </p>
      )}
      <div className="bar-of-actions">
        <ActButton
          may={may}
          kind="danger"
          isBusy={back.isPending}
          isDisabled={isWorking}
          onClick={() => back.mutate()}
        >
          Roll back to checkpoint {chosen}
        </ActButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
      <WhyNot error={back.error} />
    </>
  );
}

/** Files that are named; the link shows all of them. */
const NAMED_MAX = 12;

function Undone({ agent, checkpoint }: { readonly agent: string; readonly checkpoint: number }) {
  const query = useDiffFiles(agent, { kind: "sinceCheckpoint", checkpoint: String(checkpoint) }, NAMED_MAX);
  return (
    <section className="files-undone" aria-label="What would be undone">
      <Answer query={query} what="what would be undone" isPart>
        {({ files, fileCount, added, removed }) =>
          fileCount === 0 ? (
            <Empty>Its files are as they were then: nothing would be undone.</Empty>
          ) : (
            <>
              <p>
                This would be undone: <Counts files={fileCount} added={added} removed={removed} />
              </p>
              <ul className="files-paths">
                {files.map((file) => (
                  <li key={file.path}>
                    <ChangeMark change={file.change} /> <Name text={file.path} />{" "}
                    <Counts added={file.added} removed={file.removed} />
                  </li>
                ))}
              </ul>
              <p>
                {fileCount > files.length && `and ${plural(fileCount - files.length, "file")} more. `}
                <Link
                  to={{ view: "agentFiles", agent }}
                  search={{ kind: "sinceCheckpoint", checkpoint: String(checkpoint) }}
                >
                  See the lines
                </Link>
              </p>
            </>
          )
        }
      </Answer>
    </section>
  );
}
