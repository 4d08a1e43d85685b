import { useMutation } from "@tanstack/react-query";
import { useId } from "react";
import { useVersions, versionFile } from "../../api/chain.ts";
import { useCluster, useVersion } from "../../api/queries.ts";
import type { ListVersionsAnswer } from "../../api/types.ts";
import { WhyNot } from "../../parts/acting.tsx";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Hash, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { amountText, plural } from "../../text/amounts.ts";
import { chainMs, spanText } from "../../text/times.ts";
import { Pager, usePages } from "./pages.tsx";
import { VersionChanges } from "./VersionChanges.tsx";
import "./chain.css";

type Row = ListVersionsAnswer["versions"][number];

/** A cluster's versions, and what changed from one to another: `?of=2&with=1`. */
export function Versions({ id }: { readonly id: string }) {
  const query = useCluster(id);
  return (
    <Answer query={query} what={`cluster ${id}`}>
      {(cluster) => (
        <>
          <header className="view-head">
            <h1>
              Versions of <Name text={cluster.name} fallback={`cluster ${cluster.cluster}`} />
            </h1>
            <nav aria-label="Of this cluster" className="chain-links">
              <Link to={{ view: "cluster", id }}>The cluster</Link>
              <Link to={{ view: "run", id }}>Run it</Link>
            </nav>
          </header>
          {cluster.published.length === 0 ? (
            <Card id="versions" title="None yet">
              <Empty>
                Nothing of it is published, so nobody can run it:{" "}
                <Command line="pleiad cluster apply cluster.yaml" />
              </Empty>
            </Card>
          ) : (
            <>
              <VersionList cluster={id} />
              <Compare cluster={id} all={cluster.published.map(({ version }) => version)} />
            </>
          )}
        </>
      )}
    </Answer>
  );
}

function VersionList({ cluster }: { readonly cluster: string }) {
  const pages = usePages();
  const query = useVersions(cluster, pages.before);
  return (
    <Answer query={query} what="the versions" isPart>
      {({ versions, total, next, error }) => (
        <Card id="versions" title={`${plural(total, "version")}, the newest first`}>
          <ul className="rows chain-rows">
            {versions.map((row) => (
              <VersionRow key={row.version} cluster={cluster} row={row} />
            ))}
          </ul>
          {error !== null && <p className="muted">Not all could be read from the chain now: {error}</p>}
          <Pager {...pages} next={next} />
        </Card>
      )}
    </Answer>
  );
}

const STATUS: Readonly<Record<NonNullable<Row["status"]>, readonly [Tone, string]>> = {
  Unknown: ["calm", "Unknown"],
  Accepting: ["good", "Open"],
  Restricted: ["warn", "By grant alone"],
  Stopped: ["bad", "Stopped"],
  Closed: ["bad", "Cluster closed"],
};

function VersionRow({ cluster, row }: { readonly cluster: string; readonly row: Row }) {
  const { version, digest, publishedAt, status, tasks, agents, windowSeconds, quoteWei, currency } = row;
  const [tone, word] = status === null ? (["calm", "Not asked"] as const) : STATUS[status];
  const before = BigInt(version) - 1n;
  return (
    <li className="row">
      <Link to={{ view: "versions", id: cluster }} search={{ of: version }} className="row-title">
        Version {version}
      </Link>
      <Badge tone={tone}>{word}</Badge>
      <span className="row-text">
        {quoteWei === null || currency === null
          ? "its price is not known now"
          : `${amountText(quoteWei, currency)} a run`}
        <span className="muted">
          {tasks !== null && ` · ${plural(tasks, "task")}`}
          {agents !== null && `, ${plural(agents, "agent")}`}
          {windowSeconds !== null && ` · window ${spanText(windowSeconds)}`}
        </span>
      </span>
      <Hash hex={digest} what={`the digest of version ${version}`} />
      {before > 0n && (
        <Link
          to={{ view: "versions", id: cluster }}
          search={{ of: version, with: String(before) }}
          label={`What changed from version ${before} to ${version}`}
        >
          what changed
        </Link>
      )}
      <span className="row-time">
        <Time atMs={chainMs(publishedAt)} />
      </span>
    </li>
  );
}

/** The version that is looked at, and the one that it is compared with: by default the newest with the one before it. */
function Compare({ cluster, all }: { readonly cluster: string; readonly all: readonly string[] }) {
  const [given, setOf] = useSearch("of");
  const [givenWith, setWith] = useSearch("with");
  const of = given ?? all[0] ?? "1";
  const before = all[all.indexOf(of) + 1];
  const compared = givenWith ?? before;
  const after = useVersion(cluster, of);
  const earlier = useVersion(cluster, compared);
  return (
    <Card
      id="changes"
      title={compared === undefined ? `Version ${of}` : `What changed from version ${compared} to ${of}`}
      aside={
        all.length > 1 && (
          <span className="chain-pair">
            <Choice label="From" value={compared ?? ""} all={all} onChoose={setWith} />
            <Choice label="to" value={of} all={all} onChoose={setOf} />
          </span>
        )
      }
    >
      <CopyFile key={of} cluster={cluster} version={of} />
      <Answer query={after} what={`version ${of}`} isPart>
        {(newer) =>
          compared === undefined ? (
            <VersionChanges before={undefined} after={newer} />
          ) : (
            <Answer query={earlier} what={`version ${compared}`} isPart>
              {(older) => <VersionChanges before={older} after={newer} />}
            </Answer>
          )
        }
      </Answer>
    </Card>
  );
}

/** How long a sign of success stays. Milliseconds. */
const COPIED_MS = 1_500;

/** The version as the file that would publish it again: to be edited, or to make another cluster of. */
function CopyFile({ cluster, version }: { readonly cluster: string; readonly version: string }) {
  const copying = useMutation({
    mutationFn: async () => navigator.clipboard.writeText(await versionFile(cluster, version)),
    networkMode: "always",
    onSuccess: () => setTimeout(() => copying.reset(), COPIED_MS),
  });
  return (
    <>
      <p className="bar-of-actions">
        <button type="button" disabled={copying.isPending} onClick={() => copying.mutate()}>
          {copying.isSuccess ? "Copied" : `Copy version ${version} as cluster.yaml`}
        </button>
        <span className="muted">
          Edit it, then: <Command line="pleiad cluster apply cluster.yaml" />
        </span>
      </p>
      <WhyNot error={copying.error} />
    </>
  );
}

function Choice({
  label,
  value,
  all,
  onChoose,
}: {
  readonly label: string;
  readonly value: string;
  readonly all: readonly string[];
  readonly onChoose: (version: string) => void;
}) {
  const isThere = all.includes(value);
  const id = useId();
  return (
    <span>
      <label htmlFor={id}>{label}</label>{" "}
      <select id={id} value={value} onChange={({ target }) => onChoose(target.value)}>
        {!isThere && <option value={value}>version {value}</option>}
        {all.map((version) => (
          <option key={version} value={version}>
            version {version}
          </option>
        ))}
      </select>
    </span>
  );
}
