import { approveCurrency } from "@pleiad/sdk/actions/approveCurrency";
import { maxUint256, parseAbi } from "viem";
import {
  allowanceOf,
  allowanceText,
  SPENDER_TEXTS,
  spenderOf,
  spenderWordOf,
  tokenOf,
} from "../allowances.ts";
import { cliError } from "../cliError.ts";
import { type Currency, parseAmountIn } from "../currencies.ts";
import { addExamples, addressOf, type DefineCommand, setAction } from "../define.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";

/** An answer is not asked for: some tokens have none. */
const APPROVE_ABI = parseAbi(["function approve(address spender, uint256 amount)"]);
/** The word for no limit. */
const ANY = "any";

/** `pleiad allowance give TOKEN SPENDER AMOUNT`: how much of a token may be taken from the account, to pay for runs. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<token>", "the ERC-20 token's address")
    .argument(
      "<spender>",
      "who may take it: executions (cluster execute), router (signed requests) or permit2 (those signed with --permit2)",
    )
    .argument(
      "<amount>",
      'how much in all, in the token, such as 0.5; 0 takes the allowance back, "any" sets no limit',
    );
  addSigningOptions(command);
  addExamples(command, [
    [
      "pleiad allowance give 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 permit2 any",
      "as Permit2 is used: each payment needs a signature of yours besides",
    ],
    [
      "pleiad allowance give 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 executions 2.5 --yes --json",
      "for runs of 2.5 tokens together; for a program",
    ],
    ["pleiad allowance give 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 router 0", "takes it back"],
  ]);
  setAction<SigningOptions>(command, around, async (context, token, word = "", amount = "") => {
    const { output } = context;
    const [address, spenderWord] = [addressOf(token), spenderWordOf(word)];
    const { chain, sender } = await openSigning(context);
    const { deployment } = chain;
    const spender = spenderOf(chain, spenderWord);
    const money = await tokenOf(chain, address);
    const amountWei = amountOf(amount, money);
    const beforeWei = await allowanceOf(chain, address, sender.address, spender);
    const who = SPENDER_TEXTS[spenderWord];
    const facts = {
      token: address,
      spender: spender.address,
      account: sender.address,
      beforeWei,
      amountWei,
    };
    if (beforeWei === amountWei) {
      output.json({ ...facts, transaction: null });
      output.line(`It is so already: ${who}, may take ${allowanceText(amountWei, money)}.`);
      return 0;
    }
    // Some tokens change an allowance only from zero: then two are sent, and the second cannot be tried before the first.
    const isChange = beforeWei > 0n && amountWei > 0n;
    const before = isChange ? ", which is taken back first by a transaction of its own" : "";
    const sent = await sendOne(
      {
        ...(isChange
          ? {}
          : {
              call: {
                address,
                abi: APPROVE_ABI,
                functionName: "approve",
                args: [spender.address, amountWei],
              },
            }),
        question: `Let ${who} (${spender.address}), take ${allowanceText(amountWei, money)} in all from your account; until now ${allowanceText(beforeWei, money)}${before}`,
        doing: "giving the allowance",
        send: async () => {
          const about = { deployment, currency: address, amountWei, spender: spender.address };
          const { sent: mined } = await approveCurrency(sender.client, about);
          if (mined === undefined)
            throw cliError("ALLOWANCE_THERE", "somebody gave this very allowance meanwhile");
          return mined;
        },
      },
      chain,
      sender,
      context,
    );
    output.json({ ...facts, ...sentJson(sent) });
    output.facts([
      ["account", sender.address],
      ["spender", `${who}: ${spender.address}`],
      ["may take", output.style.title(allowanceText(amountWei, money))],
      ["before", allowanceText(beforeWei, money)],
      sentFact(sent),
    ]);
    return 0;
  });
};

/** @throws PleiadError USAGE_INVALID */
function amountOf(text: string, money: Currency): bigint {
  if (text === ANY) return maxUint256;
  const amountWei = parseAmountIn(text, money);
  if (amountWei !== undefined) return amountWei;
  throw cliError("USAGE_INVALID", `"${text}" is no amount of the token`, {
    hint: `expected a plain number with at most ${money.decimals} digits behind the point, or "any"`,
  });
}
