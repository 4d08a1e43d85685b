import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { parsePrice } from "@pleiad/sdk/blueprint/parsePrice";
import { InvalidArgumentError } from "commander";
import { zeroAddress } from "viem";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { modelFacts, modelJson } from "../modelText.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";
import { ether } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

/** A share of all of it. Basis points. */
const SHARE_BPS_MAX = 10_000;

interface Options extends ChainOptions, KeyOptions, SendOptions {
  readonly price: bigint;
  readonly nodeShareBps: number;
  readonly closed?: boolean;
}

/** `pleiad model register NAME`: a model that the account owns, with the terms on which it answers. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<name>", "1 to 31 bytes that people know it by; need not be unique")
    .requiredOption(
      "--price <amount>",
      'price of one answer with its unit: "0.0001 ether", 100gwei',
      parsePriceOption,
    )
    .requiredOption(
      "--node-share-bps <n>",
      "share of the node that answers, in basis points, 0 to 10000; you keep the rest",
      parseShareOption,
    )
    .option("--closed", "for your own agents only (default: for everybody's)");
  addYesOption(command);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    [
      "pleiad model register poet --price 100gwei --node-share-bps 7000",
      "asks, registers the model, and tells its id",
    ],
    [
      "pleiad model register poet --price 0.001ether --node-share-bps 8000 --key owner.key --yes --json",
      "without asking; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, name = "") => {
    const { options, output } = context;
    const chain = await openChain(options, around);
    const { deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const terms = {
      priceWei: options.price,
      nodeShareBps: options.nodeShareBps,
      open: options.closed !== true,
    };
    const call = {
      address: deployment.modelRegistry,
      abi: modelRegistryAbi,
      functionName: "register",
      args: [name, { ...terms, currency: zeroAddress }],
    };
    const sent = await sendOne(
      {
        call,
        question: `Register model ${printableLine(name)} for ${ether(terms.priceWei)} an answer`,
        doing: "registering the model",
        send: () => registerModel(sender.client, { deployment, name, ...terms }),
      },
      chain,
      sender,
      context,
    );
    const model = {
      model: sent.model,
      owner: sender.address,
      name,
      currency: zeroAddress,
      isClosed: false,
      ...terms,
    };
    output.json({ ...modelJson(model), ...sentJson(sent) });
    output.facts([...modelFacts(model, output), sentFact(sent)]);
    output.line();
    output.line(`Have a node serve it:  pleiad model serve ${sent.model} NODE`);
    return 0;
  });
};

function parsePriceOption(text: string): bigint {
  const priceWei = parsePrice(text);
  if (priceWei !== undefined) return priceWei;
  throw new InvalidArgumentError("Expected a number and wei, gwei or ether, such as 100gwei.");
}

function parseShareOption(text: string): number {
  const share = Number(text);
  if (/^\d{1,5}$/.test(text) && share <= SHARE_BPS_MAX) return share;
  throw new InvalidArgumentError("Expected a whole number from 0 to 10000; 7000 is 70 %.");
}
