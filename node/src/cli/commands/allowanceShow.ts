import { type Address, maxUint256 } from "viem";
import { openSender } from "../account.ts";
import { allowanceOf, allowanceText, SPENDER_TEXTS, SPENDERS, spenderOf, tokenOf } from "../allowances.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, addressOf, type DefineCommand, parseAddressOption, setAction } from "../define.ts";

interface Options extends ChainOptions, KeyOptions {
  readonly account?: Address;
}

/** `pleiad allowance show TOKEN`: how much of a token may be taken from an account to pay for runs, and by whom. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<token>", "the ERC-20 token's address")
    .option("--account <address>", "whose (default: the account that would sign)", parseAddressOption);
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    ["pleiad allowance show 0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "of each spender that there is"],
    [
      "pleiad allowance show 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --account 0x5FbDB2315678afecb367f032d93F642f64180aa3 --json",
      "of any account, without its key; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, token) => {
    const address = addressOf(token);
    const chain = await openChain(options, around);
    const account = options.account ?? (await openSender(options, chain, output, around)).address;
    const money = await tokenOf(chain, address);
    // A deployment without a router has none of its allowances either.
    const words = SPENDERS.filter(
      (word) => word !== "router" || chain.deployment.executionRouter !== undefined,
    );
    const allowances = await Promise.all(
      words.map(async (word) => {
        const spender = spenderOf(chain, word);
        return { ...spender, amountWei: await allowanceOf(chain, address, account, spender) };
      }),
    );
    output.json({
      token: address,
      account,
      allowances: allowances.map(({ word, address: spender, amountWei }) => ({
        spender: word,
        address: spender,
        amountWei,
        unlimited: amountWei === maxUint256,
      })),
    });
    output.facts([
      ["account", account],
      ...allowances.map(
        ({ word, amountWei }) =>
          [word, `${allowanceText(amountWei, money)}  (${SPENDER_TEXTS[word]})`] as const,
      ),
    ]);
    return 0;
  });
};
