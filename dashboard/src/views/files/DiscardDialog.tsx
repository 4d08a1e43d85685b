import { useState } from "react";
import { write } from "../../api/client.ts";
import { type Folder, useDiffFiles } from "../../api/folders.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Name } from "../../parts/basics.tsx";
import { goTo, Link } from "../../router.tsx";
import { Dialog } from "./Dialog.tsx";
import { Counts } from "./marks.tsx";

/** Says what is lost with a copy, and removes it. */
export function DiscardDialog({
  folder: { agent, activity, cluster },
  onClose,
}: {
  readonly folder: Folder;
  readonly onClose: () => void;
}) {
  const may = useMay();
  const { data } = useDiffFiles(agent, { kind: "all", checkpoint: undefined }, 0);
  const [isForgotten, setForgotten] = useState(false);
  const discard = useAct(
    () =>
      write("DELETE /folders/{agent}", { agent }, undefined, {
        query: { forget: String(isForgotten) },
        timeoutMs: 600_000,
      }),
    { changes: [["folders"]], onDone: () => goTo({ view: "files" }) },
  );
  const isUsed = activity !== "idle";
  return (
    <Dialog title={`Discard the copy of ${agent}`} onClose={onClose}>
      <p>
        Its folder is removed, with all that is in it
        {data !== undefined && data.fileCount > 0 && (
          <>
            : <Counts files={data.fileCount} added={data.added} removed={data.removed} />
          </>
        )}
        . Files that git ignores, as what was built, are lost. So are the agent's own commits.
      </p>
      <label className="files-check">
        <input type="checkbox" checked={isForgotten} onChange={() => setForgotten(!isForgotten)} />
        <span>
          Forget its checkpoints and merges, too. Otherwise its files as they are now, and each checkpoint,
          stay in the project below <code>refs/pleiad/{agent}</code>. What was merged stays merged.
        </span>
      </label>
      {isUsed && (
        <p className="muted">
          The program of <Name text={agent} /> still runs in it.{" "}
          {cluster === null ? (
            "End the agent first."
          ) : (
            <>
              End it first: <Link to={{ view: "agent", id: cluster, agent }}>to the agent</Link>
            </>
          )}
        </p>
      )}
      <div className="bar-of-actions">
        <ActButton
          may={may}
          kind="danger"
          isBusy={discard.isPending}
          isDisabled={isUsed}
          onClick={() => discard.mutate()}
        >
          {isForgotten ? "Discard everything" : "Discard the copy"}
        </ActButton>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
      <WhyNot error={discard.error} />
    </Dialog>
  );
}
