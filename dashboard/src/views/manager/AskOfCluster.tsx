import { useState } from "react";
import type { ManagerRequest, ManagerState } from "../../api/operate.ts";
import { cleanName } from "../../text/clean.ts";
import { AskForm, Field } from "./Ask.tsx";
import { numberOf } from "./numbers.ts";

type Clusters = ManagerState["clusters"];
type Destination = Extract<ManagerRequest, { readonly kind: "COMMUNICATION" }>["to"];

/** Something to be told to members of a cluster. */
export function AskToTell({ clusters }: { readonly clusters: Clusters }) {
  const [cluster, setCluster] = useState(clusters[0]?.cluster ?? "");
  const [how, setHow] = useState<Destination["how"]>("broadcast");
  const [to, setTo] = useState("");
  const [other, setOther] = useState("");
  const [text, setText] = useState("");
  const destination = (): Destination => {
    if (how === "route") return { how, member: to.trim() };
    if (how === "topic") return { how, topic: to.trim() };
    return how === "gateway" ? { how, cluster: other.trim(), topic: to.trim() } : { how };
  };
  return (
    <AskForm requestOf={() => ({ kind: "COMMUNICATION", cluster, to: destination(), text })}>
      <ClusterField clusters={clusters} value={cluster} onChange={setCluster} />
      <Field label="To">
        {(id) => (
          <select id={id} value={how} onChange={({ target }) => setHow(target.value as Destination["how"])}>
            <option value="broadcast">all of its members</option>
            <option value="route">one member, by its route</option>
            <option value="topic">whoever listens to a topic</option>
            <option value="gateway">another cluster, through a gateway</option>
          </select>
        )}
      </Field>
      {how === "gateway" && (
        <Field label="The other cluster" hint="Its number. Both owners have to have named the gateway.">
          {(id, hint) => (
            <input
              id={id}
              aria-describedby={hint}
              required
              pattern="\d{1,78}"
              value={other}
              onChange={({ target }) => setOther(target.value)}
            />
          )}
        </Field>
      )}
      {how !== "broadcast" && (
        <Field label={how === "route" ? "Member" : "Topic"}>
          {(id) => (
            <input
              id={id}
              required
              maxLength={64}
              value={to}
              onChange={({ target }) => setTo(target.value)}
            />
          )}
        </Field>
      )}
      <Field label="Text">
        {(id) => (
          <textarea id={id} rows={3} required value={text} onChange={({ target }) => setText(target.value)} />
        )}
      </Field>
    </AskForm>
  );
}

/** A look at a cluster's scale now, or for so many places. */
export function AskPlaces({ clusters }: { readonly clusters: Clusters }) {
  const [cluster, setCluster] = useState(clusters[0]?.cluster ?? "");
  const [places, setPlaces] = useState("");
  return (
    <AskForm
      requestOf={() => {
        const wanted = numberOf(places);
        return { kind: "SCALING", cluster, ...(wanted === undefined ? {} : { places: wanted }) };
      }}
    >
      <ClusterField clusters={clusters} value={cluster} onChange={setCluster} />
      <Field label="Places on the own nodes" hint="Left empty: as many as the manager finds right.">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="number"
            min={1}
            max={1024}
            value={places}
            onChange={({ target }) => setPlaces(target.value)}
          />
        )}
      </Field>
    </AskForm>
  );
}

function ClusterField({
  clusters,
  value,
  onChange,
}: {
  readonly clusters: Clusters;
  readonly value: string;
  readonly onChange: (cluster: string) => void;
}) {
  return (
    <Field label="Cluster">
      {(id) => (
        <select id={id} required value={value} onChange={({ target }) => onChange(target.value)}>
          {clusters.length === 0 && <option value="">it manages none</option>}
          {clusters.map(({ cluster, slug }) => (
            <option key={cluster} value={cluster}>
              {cleanName(slug)} ({cluster})
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
