import "@pleiad/sdk/blueprint/withoutEval";
import { useState } from "react";
import { useCluster, useVersion } from "../../api/queries.ts";
import type { ClusterAnswer, DeploymentAnswer, VersionAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Card, Command, Empty, Name } from "../../parts/basics.tsx";
import { Link, useSearch } from "../../router.tsx";
import { countText } from "../../text/amounts.ts";
import { useSigner } from "../../wallet/signer.ts";
import { WalletCard } from "../../wallet/WalletCard.tsx";
import { WithWallet } from "../../wallet/WithWallet.tsx";
import { DocumentField } from "./DocumentField.tsx";
import { SelectField, TextField } from "./fields.tsx";
import { INPUT_BYTES_MAX, inputOf } from "./input.ts";
import { Live } from "./Live.tsx";
import { RunCard } from "./RunCard.tsx";
import { DURATION_MINUTES_DEFAULT, type RunTerms } from "./running.ts";
import "./make.css";

/** A run of a cluster: what it gets, what it costs, and the response as it comes. */
export function Run({ id }: { readonly id: string }) {
  const query = useCluster(id);
  return (
    <Answer query={query} what={`cluster ${id}`}>
      {(cluster) => (
        <>
          <header className="view-head">
            <h1>
              Run <Name text={cluster.name} fallback={`cluster ${id}`} />
            </h1>
            <Link to={{ view: "cluster", id }}>See the cluster</Link>
          </header>
          {cluster.published.length === 0 ? (
            <Card id="unpublished" title="Not yet">
              <Empty>
                Nothing of it is published, so nobody can run it:{" "}
                <Command line="pleiad cluster apply cluster.yaml" />
              </Empty>
            </Card>
          ) : (
            <WithWallet>{(deployment) => <Versioned cluster={cluster} deployment={deployment} />}</WithWallet>
          )}
        </>
      )}
    </Answer>
  );
}

function Versioned({
  cluster,
  deployment,
}: {
  readonly cluster: ClusterAnswer;
  readonly deployment: DeploymentAnswer;
}) {
  const [chosen, setChosen] = useSearch("version");
  const newest = cluster.published[0]?.version;
  const version = cluster.published.some((one) => one.version === chosen) ? chosen : newest;
  const query = useVersion(cluster.cluster, version);
  return (
    <Answer query={query} what={`version ${version}`} isPart>
      {(read) => (
        <Form
          key={read.version}
          cluster={cluster}
          version={read}
          deployment={deployment}
          onVersion={(next) => setChosen(next === newest ? undefined : next)}
        />
      )}
    </Answer>
  );
}

function Form({
  cluster,
  version,
  deployment,
  onVersion,
}: {
  readonly cluster: ClusterAnswer;
  readonly version: VersionAnswer;
  readonly deployment: DeploymentAnswer;
  readonly onVersion: (version: string) => void;
}) {
  const state = useSigner(deployment);
  const signer = state.state === "ready" ? state.signer : undefined;
  const [execution, setExecution] = useSearch("execution");
  const [minedIn, setMinedIn] = useState<bigint>();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [terms, setTerms] = useState<RunTerms>({
    minutes: DURATION_MINUTES_DEFAULT,
    isByReference: false,
    outputsByReference: false,
    ownerMayAnswer: false,
    thread: "",
  });
  const set = (change: Partial<RunTerms>) => setTerms((before) => ({ ...before, ...change }));
  const input = inputOf(version.inputs, texts);
  const names = version.inputs.length === 0 ? [""] : version.inputs;
  return (
    <div className="columns">
      <div className="column">
        {execution !== undefined && (
          <Live
            execution={execution}
            minedIn={minedIn}
            signer={signer}
            deployment={deployment}
            onAgain={() => setExecution(undefined)}
          />
        )}
        <Card id="input" title={version.inputs.length === 0 ? "The document" : "What it gets"}>
          <div className="form">
            {names.map((name) => (
              <DocumentField
                key={name}
                label={name === "" ? "Document" : name}
                rows={version.inputs.length > 1 ? 5 : 10}
                value={texts[name] ?? ""}
                onChange={(value) => setTexts((before) => ({ ...before, [name]: value }))}
              />
            ))}
            <p className="muted make-hint">
              {countText(input.bytes.length)} bytes.{" "}
              {input.isLarge
                ? `That is too much for the chain, which takes ${countText(INPUT_BYTES_MAX)}: this node keeps the bytes and hands them to the others; the chain gets their digest.`
                : `Up to ${countText(INPUT_BYTES_MAX)} go into the transaction, where everybody can read them for ever.`}
            </p>
            {!input.isLarge && (
              <Check
                label="Keep it off the chain: this node hands the bytes to the others, the chain gets their digest"
                isOn={terms.isByReference}
                onChange={(isByReference) => set({ isByReference })}
              />
            )}
          </div>
        </Card>
        <Card id="terms" title="Terms">
          <div className="make-two">
            <SelectField
              label="Version"
              value={version.version}
              choices={cluster.published.map((one, index) => ({
                value: one.version,
                text: `${one.version}${index === 0 ? ", the newest" : ""}`,
              }))}
              onChange={onVersion}
            />
            <TextField
              label="Deadline, minutes from now"
              value={terms.minutes}
              inputMode="numeric"
              hint={`Nodes have ${version.windowSeconds} s each to answer; what is not spent by then comes back.`}
              onChange={(minutes) => set({ minutes })}
            />
          </div>
          <details>
            <summary>More about it</summary>
            <div className="form">
              <Check
                label="Large answers may be given by their digest; their bytes then stay with the nodes"
                isOn={terms.outputsByReference || terms.isByReference || input.isLarge}
                isFixed={terms.isByReference || input.isLarge}
                onChange={(outputsByReference) => set({ outputsByReference })}
              />
              <Check
                label="The cluster's owner may answer in place of silent nodes"
                isOn={terms.ownerMayAnswer}
                onChange={(ownerMayAnswer) => set({ ownerMayAnswer })}
              />
              <TextField
                label="Thread"
                isMono
                value={terms.thread}
                hint="The conversation that it goes on with: 0x and 64 hex digits, the same each time. Empty: none."
                onChange={(thread) => set({ thread: thread.trim() })}
              />
            </div>
          </details>
        </Card>
      </div>
      <div className="column make-side">
        <WalletCard state={state} deployment={deployment} />
        <RunCard
          cluster={cluster}
          version={version}
          deployment={deployment}
          signer={signer}
          input={input}
          terms={terms}
          onExecution={(id, block) => {
            setMinedIn(block);
            setExecution(id);
          }}
        />
      </div>
    </div>
  );
}

function Check({
  label,
  isOn,
  isFixed = false,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly isFixed?: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label className="make-check">
      <input
        type="checkbox"
        checked={isOn}
        disabled={isFixed}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
