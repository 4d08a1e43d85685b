import "@pleiad/sdk/blueprint/withoutEval";
import { useMemo, useState } from "react";
import { useChainAgents, useChainModels } from "../../api/making.ts";
import type { DeploymentAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { useSending } from "../../wallet/sending.ts";
import { useSigner } from "../../wallet/signer.ts";
import { WalletCard } from "../../wallet/WalletCard.tsx";
import { WithWallet } from "../../wallet/WithWallet.tsx";
import { About } from "./About.tsx";
import { Agents } from "./Agents.tsx";
import { CostCard, TermsCard } from "./CostCard.tsx";
import { costOf } from "./cost.ts";
import { newDraft } from "./draft.ts";
import { type ChainFacts, problemsOf, useDraft, usualModel } from "./editing.ts";
import { PublishCard } from "./PublishCard.tsx";
import { type Done, Published } from "./Published.tsx";
import { readingOf } from "./reading.ts";
import { Tasks } from "./Tasks.tsx";
import { YamlCard } from "./YamlCard.tsx";
import "./make.css";

/** A cluster that is not there yet: its agents, its tasks, what it costs; published from here, or taken as a file. */
export function NewCluster() {
  const models = useChainModels();
  const agents = useChainAgents();
  return (
    <>
      <h1>New cluster</h1>
      <WithWallet>
        {(deployment) => (
          <Answer query={models} what="the models" isPart>
            {(knownModels) => (
              <Answer query={agents} what="the agents" isPart>
                {(knownAgents) => <Form deployment={deployment} models={knownModels} agents={knownAgents} />}
              </Answer>
            )}
          </Answer>
        )}
      </WithWallet>
    </>
  );
}

function Form({ deployment, models, agents }: ChainFacts & { readonly deployment: DeploymentAnswer }) {
  const [draft, edit] = useDraft(usualModel(models));
  const [isStrict, setStrict] = useState(false);
  const state = useSigner(deployment);
  const signer = state.state === "ready" ? state.signer : undefined;
  const reading = useMemo(() => readingOf(draft), [draft]);
  const problemAt = problemsOf(reading.mistakes, isStrict);
  const parts = { draft, edit, models, agents, problemAt };
  const cost = costOf(draft, models);
  const sending = useSending();
  const [done, setDone] = useState<Done>();
  const { finalDepth } = deployment;
  if (done !== undefined) {
    const again = () => {
      sending.forget();
      setDone(undefined);
    };
    return (
      <Published
        done={done}
        steps={sending.steps}
        signer={signer}
        finalDepth={finalDepth}
        onAnother={again}
      />
    );
  }
  return (
    <>
      <div className="columns">
        <div className="column">
          <About {...parts} />
          <Agents {...parts} signer={signer} />
          <Tasks {...parts} />
          <TermsCard {...parts} />
        </div>
        <div className="column make-side">
          <WalletCard state={state} deployment={deployment} />
          <PublishCard
            reading={reading}
            signer={signer}
            finalDepth={finalDepth}
            sending={sending}
            cost={cost}
            draft={draft}
            edit={edit}
            onWanted={() => setStrict(true)}
            onDone={(next) => {
              setDone(next);
              setStrict(false);
              // What comes next begins anew.
              edit(() => newDraft(usualModel(models)));
            }}
          />
          <CostCard cost={cost} blueprint={reading.blueprint} signer={signer} />
        </div>
      </div>
      <YamlCard
        text={reading.text}
        modelOfAgent={(id) => agents.find(({ agent }) => agent === id)?.model ?? undefined}
        onDraft={(next) => edit(() => next)}
      />
    </>
  );
}
