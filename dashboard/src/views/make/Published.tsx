import { Badge, Card, Command, Name } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { Steps } from "../../wallet/Steps.tsx";
import type { Step } from "../../wallet/sending.ts";
import type { Signer } from "../../wallet/signer.ts";
import { CopyText, Download } from "./files.tsx";

/** A cluster that was made. */
export interface Done {
  readonly cluster: bigint;
  readonly version: bigint;
  readonly name: string;
  /** Its `cluster.yaml`. */
  readonly text: string;
}

/** What was made, what is next, and its transactions until nothing takes them away. */
export function Published({
  done: { cluster, version, name, text },
  steps,
  signer,
  finalDepth,
  onAnother,
}: {
  readonly done: Done;
  readonly steps: readonly Step[];
  readonly signer: Signer | undefined;
  readonly finalDepth: number;
  readonly onAnother: () => void;
}) {
  const id = String(cluster);
  return (
    <Card id="published" title="Published" aside={<Badge tone="good">On the chain</Badge>}>
      <p role="status">
        <strong>
          <Name text={name} fallback={`Cluster ${id}`} /> is on the chain
        </strong>{" "}
        as cluster {id}, version {String(version)}. Anybody can run it from now on.
      </p>
      <p className="bar-of-actions">
        <Link to={{ view: "run", id }} className="button-link">
          Run it
        </Link>
        <Link to={{ view: "cluster", id }}>See the cluster</Link>
        <button type="button" className="quiet" onClick={onAnother}>
          Make another
        </button>
      </p>
      <Steps steps={steps} signer={signer} finalDepth={finalDepth} />
      <p className="muted">
        Keep its file: change it, and <Command line="pleiad cluster apply cluster.yaml" /> publishes the next
        version.
      </p>
      <p className="bar-of-actions">
        <CopyText text={text} />
        <Download text={text} />
      </p>
    </Card>
  );
}
