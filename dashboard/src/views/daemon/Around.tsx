import type { Status, StatusAtWork } from "../../api/operate.ts";
import { useWorkspaces } from "../../api/queries.ts";
import { Badge, Card, Empty, Hash, Name, Time, type Tone } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { Meter } from "../../parts/Meter.tsx";
import { Link } from "../../router.tsx";
import { bytesText, countText, plural } from "../../text/amounts.ts";
import { spanText } from "../../text/times.ts";

/** What the chain is asked at, and how each does. */
export function Endpoints({ endpoints }: Pick<Status["chain"], "endpoints">) {
  if (endpoints.length === 0) return null;
  return (
    <>
      <h3>Endpoints</h3>
      <ul className="rows">
        {endpoints.map(({ name, state, lagBlocks, latencyMs, error }) => (
          <li key={name} className="row">
            <Badge tone={state === "well" ? "good" : "warn"}>{state}</Badge>
            <div className="row-text">
              <Name text={name} />
              {error !== null && <Fault {...error} />}
            </div>
            <span className="muted">
              {latencyMs === null ? "not asked yet" : `${countText(Math.round(latencyMs))} ms`}
              {lagBlocks > 0 && `, ${plural(lagBlocks, "block")} behind`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Who is connected, and which nodes are up. */
export function Peers({ status: { peers, nodesUp, peerAddresses } }: { readonly status: StatusAtWork }) {
  return (
    <Card id="peers" title={`Peers (${countText(peers.length)})`}>
      {peers.length === 0 ? (
        <Empty>
          {peerAddresses.length === 0
            ? "The network is off: everything goes by the chain. It is network.enabled in pleiad.yaml."
            : "Nobody is connected. Others reach this node by one of the addresses below."}
        </Empty>
      ) : (
        <ul className="rows">
          {peers.map(({ peer, node, state, address, direction, connectedMs, points }) => (
            <li key={`${peer} ${address}`} className="row">
              <span className="row-title">
                {node === undefined ? (
                  "not certified yet"
                ) : (
                  <Link to={{ view: "networkNode", id: node }}>node {node}</Link>
                )}
              </span>
              <Badge tone={state === "certified" ? "good" : "busy"}>{state}</Badge>
              <span className="row-text muted daemon-address">
                <Name text={address} />
              </span>
              <span className="muted">
                {direction}, for {spanText(connectedMs / 1_000)}
                {points > 0 && `, ${plural(Math.round(points), "misdeed point")}`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {nodesUp.length > 0 && (
        <p className="muted">Up: {nodesUp.map(({ node }) => `node ${node}`).join(", ")}</p>
      )}
      {peerAddresses.length > 0 && (
        <div>
          <h3>Its own addresses</h3>
          <ul className="daemon-own">
            {peerAddresses.map((address) => (
              <li key={address}>
                <Hash hex={address} what="the address" />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

/** Room in the logs of the clusters that are open here. */
export function Workspaces() {
  const { data } = useWorkspaces();
  if (data === undefined || data.workspaces.length === 0) return null;
  return (
    <Card id="workspaces" title="Logs of clusters">
      <ul className="rows">
        {data.workspaces.map(({ cluster, own, unknown, invalid }) => (
          <li key={cluster} className="row">
            <span className="row-title">
              <Link to={{ view: "team", id: cluster }}>Cluster {cluster}</Link>
            </span>
            <span className="row-text">
              <Meter
                share={own.bytes / own.bytesMax}
                isBad={own.bytes >= own.bytesMax}
                text={`${bytesText(own.bytes)} of ${bytesText(own.bytesMax)} of its own`}
              />
            </span>
            {unknown + invalid > 0 && (
              <Badge tone="warn">{`${countText(unknown + invalid)} entries not understood`}</Badge>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

const LEVEL_TONES: Readonly<Record<Status["errors"][number]["level"], Tone>> = {
  warn: "warn",
  error: "bad",
  fatal: "bad",
};

/** The last warnings and errors, with what to do. */
export function Errors({ errors }: Pick<Status, "errors">) {
  return (
    <Card id="errors" title="Last warnings and errors">
      {errors.length === 0 ? (
        <Empty>None since its start.</Empty>
      ) : (
        <ul className="rows">
          {errors.map(({ atMs, level, code, message }) => (
            <li key={`${atMs} ${code} ${message}`} className="row daemon-error">
              <Badge tone={LEVEL_TONES[level]}>{level}</Badge>
              <div className="row-text">
                <Fault code={code} message={message} />
              </div>
              <span className="row-time">
                <Time atMs={atMs} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
