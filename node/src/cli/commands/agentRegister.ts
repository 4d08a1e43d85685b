import { agentRegistryAbi } from "@pleiad/sdk/abi/agentRegistry";
import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { setAgentModel } from "@pleiad/sdk/actions/setAgentModel";
import type { PleiadError } from "@pleiad/sdk/errors";
import { sha256, stringToBytes, zeroHash } from "viem";
import { simulateContract } from "viem/actions";
import { openSender } from "../account.ts";
import { agentFacts, agentJson } from "../agentText.ts";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { readTextFile } from "../inputFile.ts";
import { addRegistrationOptions, type RegistrationOptions, registrationUri } from "../registrationFile.ts";
import {
  addYesOption,
  type ContractCall,
  type SendOptions,
  sendOne,
  sentFact,
  sentJson,
} from "../sending.ts";
import type { Surroundings } from "../surroundings.ts";

/** A registration file is a page of JSON. Bytes. */
const REGISTRATION_BYTES_MAX = 1_048_576;

interface Options extends ChainOptions, KeyOptions, SendOptions, RegistrationOptions {
  readonly file?: string;
  readonly model?: string;
}

type Registration = { readonly uri: string } | { readonly digest: `0x${string}`; readonly model: bigint };

/** `pleiad agent register`: an ERC-8004 identity that the account owns. */
export const define: DefineCommand = (command, around) => {
  command.option("--file <file>", "the agent's registration file: its SHA-256 goes on the chain");
  addRegistrationOptions(command, ["file"]);
  command.option(
    "--model <id>",
    "the model it is on (default: none yet); a second transaction, unless with --file or alone",
  );
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad agent register --file agent.json --model 1", "the cheapest way: by digest, on model 1"],
    [
      "pleiad agent register --name poet --capability writing --model 1",
      "with what it can do, so that a cluster manager finds it",
    ],
    ["pleiad agent register --uri https://example.org/agent.json", "by the address of its file"],
    ["pleiad agent register --model 1 --yes --json", "without a file; without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context) => {
    const { options, output } = context;
    const registration = await registrationOf(options, around);
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const call: ContractCall = {
      address: deployment.agentRegistry,
      abi: agentRegistryAbi,
      functionName: "register",
      args: "uri" in registration ? [registration.uri] : [registration.digest, registration.model],
    };
    const inTwo = "uri" in registration && options.model !== undefined;
    const model = options.model === undefined ? 0n : idOf(options.model);
    // By the way that takes both at once: a model that is unknown is told before anything is sent.
    if (inTwo)
      await chainCall(() =>
        simulateContract(sender.client, {
          ...call,
          args: [zeroHash, model],
          account: sender.client.account,
        }),
      );
    const sent = await sendOne(
      {
        call,
        question: inTwo ? `Register an agent and put it on model ${model}` : "Register an agent",
        transactions: inTwo ? 2 : 1,
        doing: "registering the agent",
        send: () => registerAgent(sender.client, { deployment, ...registration }),
      },
      chain,
      sender,
      context,
    );
    const placed = inTwo
      ? await sendOne(
          {
            question: `Put agent ${sent.agent} on model ${model}`,
            doing: `putting agent ${sent.agent} on model ${model}`,
            send: () => setAgentModel(sender.client, { deployment, agent: sent.agent, model }),
          },
          chain,
          sender,
          { ...context, options: { ...options, yes: true } },
        ).catch((error: unknown) => {
          throw notPlaced(sent.agent, model, error);
        })
      : undefined;
    const agent = await getAgent(client, { deployment, agent: sent.agent });
    output.json({
      ...agentJson(agent),
      ...sentJson(sent),
      ...(placed === undefined ? {} : { modelTransaction: sentJson(placed) }),
    });
    output.facts([
      ...agentFacts(agent, output),
      sentFact(sent),
      ...(placed === undefined ? [] : [sentFact(placed)]),
    ]);
    output.line();
    output.prose(
      `Next: name it in a cluster.yaml, under agents, by "id: ${sent.agent}"; pleiad cluster apply adds it.`,
    );
    return 0;
  });
};

/** The agent is there whatever became of the second transaction, so it is said. */
function notPlaced(agent: bigint, model: bigint, cause: unknown): PleiadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return cliError("AGENT_NOT_PLACED", `agent ${agent} is registered, but not put on model ${model}: ${why}`, {
    hint: `put it there: pleiad agent change ${agent} --model ${model}`,
    details: { agent, model },
    cause,
  });
}

async function registrationOf(options: Options, around: Surroundings): Promise<Registration> {
  const uri = registrationUri(options);
  if (uri !== undefined) return { uri };
  const { file, model } = options;
  const text = file === undefined ? undefined : await readTextFile(file, around.cwd, REGISTRATION_BYTES_MAX);
  return {
    digest: text === undefined ? zeroHash : sha256(stringToBytes(text)),
    model: model === undefined ? 0n : idOf(model),
  };
}
