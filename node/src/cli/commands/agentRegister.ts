import { agentRegistryAbi } from "@pleiad/sdk/abi/agentRegistry";
import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { registerAgent } from "@pleiad/sdk/actions/registerAgent";
import { sha256, stringToBytes, zeroHash } from "viem";
import { openSender } from "../account.ts";
import { agentFacts, agentJson } from "../agentText.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { readTextFile } from "../inputFile.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";
import type { Surroundings } from "../surroundings.ts";

/** A registration file is a page of JSON. Bytes. */
const REGISTRATION_BYTES_MAX = 1_048_576;

interface Options extends ChainOptions, KeyOptions, SendOptions {
  readonly file?: string;
  readonly model?: string;
  readonly uri?: string;
}

type Registration = { readonly uri: string } | { readonly digest: `0x${string}`; readonly model: bigint };

/** `pleiad agent register`: an ERC-8004 identity that the account owns. */
export const define: DefineCommand = (command, around) => {
  command
    .addOption(
      command
        .createOption("--file <file>", "the agent's registration file: its SHA-256 goes on the chain")
        .conflicts("uri"),
    )
    .addOption(
      command
        .createOption("--uri <uri>", "where the registration file is, instead of its digest")
        .conflicts(["file", "model"]),
    )
    .option("--model <id>", "the model it is on (default: none yet)");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad agent register --file agent.json --model 1", "the cheapest way: by digest, on model 1"],
    ["pleiad agent register --uri https://example.org/agent.json", "by the address of its file"],
    ["pleiad agent register --model 1 --yes --json", "without a file; without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context) => {
    const { options, output } = context;
    const registration = await registrationOf(options, around);
    const chain = await openChain(options, around);
    const { client, deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const call = {
      address: deployment.agentRegistry,
      abi: agentRegistryAbi,
      functionName: "register",
      args: "uri" in registration ? [registration.uri] : [registration.digest, registration.model],
    };
    const sent = await sendOne(
      {
        call,
        question: "Register an agent",
        doing: "registering the agent",
        send: () => registerAgent(sender.client, { deployment, ...registration }),
      },
      chain,
      sender,
      context,
    );
    const agent = await getAgent(client, { deployment, agent: sent.agent });
    output.json({ ...agentJson(agent), ...sentJson(sent) });
    output.facts([...agentFacts(agent, output), sentFact(sent)]);
    output.line();
    output.prose(
      `Next: name it in a cluster.yaml, under agents, by "id: ${sent.agent}"; pleiad cluster apply adds it.`,
    );
    return 0;
  });
};

async function registrationOf({ file, model, uri }: Options, around: Surroundings): Promise<Registration> {
  if (uri !== undefined) return { uri };
  const text = file === undefined ? undefined : await readTextFile(file, around.cwd, REGISTRATION_BYTES_MAX);
  return {
    digest: text === undefined ? zeroHash : sha256(stringToBytes(text)),
    model: model === undefined ? 0n : idOf(model),
  };
}
