import { reputationRegistryAbi } from "@pleiad/sdk/abi/reputationRegistry";
import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { giveFeedback } from "@pleiad/sdk/actions/giveFeedback";
import { givePaidFeedback } from "@pleiad/sdk/actions/givePaidFeedback";
import { zeroHash } from "viem";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, idOf, parseCountOption, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { printableLine } from "../text/printable.ts";

/** Digits behind the point that ERC-8004 has. */
const DECIMALS_MAX = 18;

interface Options extends SigningOptions {
  readonly execution?: bigint;
  readonly tag: string;
  readonly tag2: string;
  readonly endpoint: string;
  readonly uri: string;
}

/** `pleiad feedback give AGENT VALUE`: says what somebody thinks of an agent; with `--execution` as one who paid for it. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<agent>", "the agent's id")
    .argument("<value>", "a number, such as 90 or 99.77; from 0 to 100 with --execution")
    .option(
      "--execution <id>",
      "a run of yours that succeeded, in which the agent had a task",
      parseCountOption,
    )
    .option("--tag <text>", "what was measured, such as starred or uptime", "")
    .option("--tag2 <text>", "more of that", "")
    .option("--endpoint <text>", "which endpoint of the agent it is about", "")
    .option("--uri <uri>", "where more is said", "");
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad feedback give 0 90 --execution 3 --tag starred", "a rating that proves that it was paid for"],
    ["pleiad feedback give 0 99.77 --tag uptime", "anybody's word, which counts with whoever trusts you"],
    ["pleiad feedback give 0 90 --execution 3 --yes --json", "without asking; for a program"],
  ]);
  setAction<Options>(command, around, async (context, id, text = "") => {
    const { options, output } = context;
    const { execution, tag: tag1, tag2, endpoint, uri } = options;
    const feedback = { agent: idOf(id), ...ratingOf(text), tag1, tag2, endpoint, uri };
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "reputationRegistry");
    const { agent, value, decimals } = feedback;
    // An agent that is not there has no owner to ask either, which the registry would say in words of tokens.
    await getAgent(chain.client, { deployment, agent });
    const args = [agent, value, decimals, tag1, tag2, endpoint, uri, zeroHash];
    const registry = { address: deployment.reputationRegistry, abi: reputationRegistryAbi };
    const paid = execution === undefined ? "" : `, which worked in execution ${execution}`;
    const sent = await sendOne(
      {
        call:
          execution === undefined
            ? { ...registry, functionName: "giveFeedback", args }
            : { ...registry, functionName: "givePaidFeedback", args: [...args, execution] },
        question: `Give agent ${agent} ${text}${tag1 === "" ? "" : ` (${printableLine(tag1)})`}${paid}`,
        doing: "giving feedback",
        send: () =>
          execution === undefined
            ? giveFeedback(sender.client, { deployment, ...feedback })
            : givePaidFeedback(sender.client, { deployment, ...feedback, execution }),
      },
      chain,
      sender,
      context,
    );
    output.json({
      agent: Number(agent),
      index: Number(sent.index),
      value: text,
      executionId: execution === undefined ? null : Number(execution),
      ...sentJson(sent),
    });
    output.facts([
      ["agent", output.style.title(`${agent}`)],
      ["feedback", `${text}, number ${sent.index} of ${sender.address}`],
      ["paid for", execution === undefined ? "" : `execution ${execution}`],
      sentFact(sent),
    ]);
    output.line();
    output.line(`Take it back:  pleiad feedback revoke ${agent} ${sent.index}`);
    return 0;
  });
};

/** A decimal number as the registry takes it. @throws PleiadError USAGE_INVALID */
function ratingOf(text: string): { readonly value: bigint; readonly decimals: number } {
  const found = /^(?<sign>-?)(?<whole>\d{1,39})(?:\.(?<fraction>\d+))?$/.exec(text)?.groups;
  const { sign = "", whole = "", fraction = "" } = found ?? {};
  if (found !== undefined && fraction.length <= DECIMALS_MAX)
    return { value: BigInt(`${sign}${whole}${fraction}`), decimals: fraction.length };
  throw cliError("USAGE_INVALID", `"${text}" is no value: expected a number such as 90 or 99.77`);
}
