import { getAgent } from "@pleiad/sdk/actions/getAgent";
import { getFeedbackSummary } from "@pleiad/sdk/actions/getFeedbackSummary";
import { getPaidFeedbackSummary } from "@pleiad/sdk/actions/getPaidFeedbackSummary";
import type { FeedbackSummary } from "@pleiad/sdk/types/feedback";
import { type Address, formatUnits } from "viem";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, parseAddressOption, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { counted } from "../text/amounts.ts";

interface Options extends ChainOptions {
  readonly client: readonly Address[];
  readonly tag: string;
}

/** `pleiad feedback show AGENT`: the mean of what was paid for, and of what those say whom you trust. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<agent>", "the agent's id")
    .option("--client <address>", "somebody whose feedback you trust; may be given again", collected, [])
    .option("--tag <text>", "of that, what was measured (default: anything)", "");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad feedback show 0", "what requesters rated it who paid for its work"],
    [
      "pleiad feedback show 0 --client 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --tag uptime --json",
      "also what one account says; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, id) => {
    const agent = idOf(id);
    const chain = await openChain(options, around);
    const { client } = chain;
    const deployment = withContract(chain.deployment, "reputationRegistry");
    const { owner } = await getAgent(client, { deployment, agent });
    const clients = options.client;
    const [paid, trusted] = await Promise.all([
      getPaidFeedbackSummary(client, { deployment, agent }),
      clients.length === 0
        ? undefined
        : getFeedbackSummary(client, { deployment, agent, clients, tag1: options.tag }),
    ]);
    output.json({
      agent: Number(agent),
      owner,
      paid: summaryJson(paid),
      trusted: trusted === undefined ? null : { clients, ...summaryJson(trusted) },
    });
    output.facts([
      ["agent", output.style.title(`${agent}`)],
      ["owner", owner],
      [
        "paid for",
        paid.count === 0n ? "no ratings yet" : `${meanOf(paid)} of 100, ${counted(paid.count, "rating")}`,
      ],
      [
        "trusted",
        trusted === undefined
          ? ""
          : trusted.count === 0n
            ? "nothing"
            : `${meanOf(trusted)}, ${counted(trusted.count, "time")}`,
      ],
    ]);
    return 0;
  });
};

function collected(text: string, before: readonly Address[]): readonly Address[] {
  return [...before, parseAddressOption(text)];
}

function summaryJson(summary: FeedbackSummary) {
  return { count: Number(summary.count), mean: summary.count === 0n ? null : meanOf(summary) };
}

/** The mean as a decimal number. */
function meanOf({ value, decimals }: FeedbackSummary): string {
  return formatUnits(value, decimals);
}
