import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { getModel } from "@pleiad/sdk/actions/getModel";
import type { Agent } from "@pleiad/sdk/types/agent";
import { type AgentNames, agentFacts, agentJson } from "../agentText.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { type ChainContext, openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";

/** `pleiad agent show AGENT`: owner, model, registration file and cluster. */
export const define: DefineCommand = (command, around) => {
  command.argument("<agent>", "the agent's id; agents count from 0");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad agent show 0", "whose it is, on which model, in which cluster"],
    ["pleiad agent show 0 --json", "for a program"],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, id) => {
    const wanted = idOf(id);
    const chain = await openChain(options, around);
    const agent = await getAgent(chain.client, { deployment: chain.deployment, agent: wanted });
    const names = await namesOf(chain, agent);
    output.json(agentJson(agent, names));
    output.facts(agentFacts(agent, output, names));
    return 0;
  });
};

async function namesOf({ client, deployment }: ChainContext, { model, cluster }: Agent): Promise<AgentNames> {
  const [ofModel, ofCluster] = await Promise.all([
    model === 0n ? undefined : getModel(client, { deployment, model }),
    cluster === 0n ? undefined : getCluster(client, { deployment, cluster }),
  ]);
  return {
    ...(ofModel === undefined ? {} : { model: ofModel.name }),
    ...(ofCluster === undefined ? {} : { cluster: ofCluster.slug }),
  };
}
