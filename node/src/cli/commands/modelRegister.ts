import { modelRegistryAbi } from "@pleiad/sdk/abi/modelRegistry";
import { registerModel } from "@pleiad/sdk/actions/registerModel";
import { parsePrice } from "@pleiad/sdk/blueprint/parsePrice";
import { InvalidArgumentError } from "commander";
import { type Address, zeroAddress } from "viem";
import { openSender } from "../account.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain } from "../context.ts";
import { amountText, type Currency, currencyOf, parseAmountIn } from "../currencies.ts";
import { addExamples, type DefineCommand, parseAddressOption, setAction } from "../define.ts";
import { modelFacts, modelJson } from "../modelText.ts";
import { addYesOption, type SendOptions, sendOne, sentFact, sentJson } from "../sending.ts";
import { printableLine } from "../text/printable.ts";

/** A share of all of it. Basis points. */
const SHARE_BPS_MAX = 10_000;

interface Options extends ChainOptions, KeyOptions, SendOptions {
  readonly price: string;
  readonly currency: Address;
  readonly nodeShareBps: number;
  readonly closed?: boolean;
}

/** `pleiad model register NAME`: a model that the account owns, with the terms on which it answers. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<name>", "1 to 31 bytes that people know it by; need not be unique")
    .requiredOption(
      "--price <amount>",
      'price of one answer with its unit: "0.0001 ether", 100gwei; in a token a plain number: 0.25',
    )
    .option(
      "--currency <token>",
      "an ERC-20 token's address (default: the chain's own)",
      parseAddressOption,
      zeroAddress,
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
      "pleiad model register poet --price 0.25 --currency 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --node-share-bps 7000",
      "the same for a quarter of a token an answer",
    ],
    [
      "pleiad model register poet --price 0.001ether --node-share-bps 8000 --key owner.key --yes --json",
      "without asking; for a program",
    ],
  ]);
  setAction<Options>(command, around, async (context, name = "") => {
    const { options, output } = context;
    const isOwn = options.currency === zeroAddress;
    const ownPriceWei = isOwn ? priceOf(options.price) : 0n;
    const chain = await openChain(options, around);
    const { deployment } = chain;
    const currency = await currencyOf(chain, options.currency);
    const sender = await openSender(options, chain, output, around);
    const terms = {
      priceWei: isOwn ? ownPriceWei : tokenPriceOf(options.price, currency),
      nodeShareBps: options.nodeShareBps,
      open: options.closed !== true,
      currency: options.currency,
    };
    const call = {
      address: deployment.modelRegistry,
      abi: modelRegistryAbi,
      functionName: "register",
      args: [name, terms],
    };
    const sent = await sendOne(
      {
        call,
        question: `Register model ${printableLine(name)} for ${amountText(terms.priceWei, currency)} an answer`,
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
      isClosed: false,
      ...terms,
    };
    output.json({ ...modelJson(model), ...sentJson(sent) });
    output.facts([...modelFacts(model, currency, output), sentFact(sent)]);
    output.line();
    output.line(`Have a node serve it:  pleiad model serve ${sent.model} NODE`);
    return 0;
  });
};

function priceOf(text: string): bigint {
  const priceWei = parsePrice(text);
  if (priceWei !== undefined) return priceWei;
  throw cliError(
    "USAGE_INVALID",
    `"${text}" is no price: expected a number and wei, gwei or ether, such as 100gwei`,
  );
}

/** A price in a token: a number with at most so many digits behind the point as the token has. */
function tokenPriceOf(text: string, currency: Currency): bigint {
  const priceWei = parseAmountIn(text, currency);
  if (priceWei !== undefined) return priceWei;
  const { decimals } = currency;
  throw cliError("USAGE_INVALID", `"${text}" is no price in the token`, {
    hint: `expected a plain number with at most ${decimals} digits behind the point, such as ${decimals === 0 ? "5" : "0.5"}`,
  });
}

function parseShareOption(text: string): number {
  const share = Number(text);
  if (/^\d{1,5}$/.test(text) && share <= SHARE_BPS_MAX) return share;
  throw new InvalidArgumentError("Expected a whole number from 0 to 10000; 7000 is 70 %.");
}
