import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { requestUnbond } from "@pleiad/sdk/actions/requestUnbond";
import { withdrawBond } from "@pleiad/sdk/actions/withdrawBond";
import { type ActionContext, addExamples, amountOf, type DefineCommand, idOf, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type Signing, type SigningOptions } from "../signing.ts";
import { ether, timeText } from "../text/amounts.ts";

/** `pleiad bond withdraw NODE [AMOUNT]`: sends money on its way out; without an amount pays out what has waited its time. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<node>", "the node's id; its owner signs, or a delegate with the role withdraw")
    .argument(
      "[amount]",
      "how much shall leave in 21 days; without it, what asked to leave that long ago is paid out",
    );
  addSigningOptions(command);
  addExamples(command, [
    [
      "pleiad bond withdraw 1 0.5ether",
      "sends half an ether on its way; what is on its way already waits anew",
    ],
    ["pleiad bond withdraw 1", "21 days later: pays it out"],
    ["pleiad bond withdraw 1 --key owner.key --yes --json", "without asking; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, id, amount) => {
    const node = idOf(id);
    const amountWei = amount === undefined ? undefined : amountOf(amount);
    const signing = await openSigning(context);
    if (amountWei === undefined) await payOut(context, signing, node);
    else await sendOnItsWay(context, signing, node, amountWei);
    return 0;
  });
};

async function sendOnItsWay(
  context: ActionContext<SigningOptions>,
  { chain, sender }: Signing,
  node: bigint,
  amountWei: bigint,
): Promise<void> {
  const { output } = context;
  const deployment = withContract(chain.deployment, "nodeBonds");
  const bonds = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const sent = await sendOne(
    {
      call: { ...bonds, functionName: "requestUnbond", args: [node, amountWei] },
      question: `Send ${ether(amountWei)} of the bond of node ${node} on its way out`,
      doing: "asking for the bond",
      send: () => requestUnbond(sender.client, { deployment, node, amountWei }),
    },
    chain,
    sender,
    context,
  );
  const { unbondingWei, releasesAt } = sent;
  output.json({ node: Number(node), unbondingWei, releasesAt: Number(releasesAt), ...sentJson(sent) });
  output.facts([
    ["node", output.style.title(`${node}`)],
    ["on its way", `${ether(unbondingWei)}, released at ${timeText(releasesAt)}`],
    sentFact(sent),
  ]);
  output.line();
  output.line(`From then on:  pleiad bond withdraw ${node}`);
}

async function payOut(
  context: ActionContext<SigningOptions>,
  { chain, sender }: Signing,
  node: bigint,
): Promise<void> {
  const { output } = context;
  const deployment = withContract(chain.deployment, "nodeBonds");
  const bonds = { address: deployment.nodeBonds, abi: nodeBondsAbi };
  const sent = await sendOne(
    {
      call: { ...bonds, functionName: "withdrawBond", args: [node, sender.address] },
      question: `Pay out what is released of the bond of node ${node}`,
      doing: "withdrawing the bond",
      send: () => withdrawBond(sender.client, { deployment, node }),
    },
    chain,
    sender,
    context,
  );
  output.json({ node: Number(node), amountWei: sent.amountWei, to: sender.address, ...sentJson(sent) });
  output.facts([
    ["node", output.style.title(`${node}`)],
    ["paid out", `${ether(sent.amountWei)}, to ${sender.address}`],
    sentFact(sent),
  ]);
}
