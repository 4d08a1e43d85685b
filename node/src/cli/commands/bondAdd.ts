import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { bond } from "@pleiad/sdk/actions/bond";
import { addExamples, amountOf, type DefineCommand, idOf, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { ether } from "../text/amounts.ts";

/** `pleiad bond add NODE AMOUNT`: puts money behind a node's word. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("<node>", "the node's id")
    .argument("<amount>", 'how much, with its unit: 0.5ether, "20 gwei"; it is the node\'s from then on');
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad bond add 1 0.5ether", "asks, and puts half an ether behind node 1"],
    ["pleiad bond add 1 20gwei --key mine.key --yes --json", "anybody may, for any node; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, id, amount) => {
    const { output } = context;
    const [node, valueWei] = [idOf(id), amountOf(amount)];
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "nodeBonds");
    const call = {
      address: deployment.nodeBonds,
      abi: nodeBondsAbi,
      functionName: "bond",
      args: [node],
      value: valueWei,
    };
    const sent = await sendOne(
      {
        call,
        question: `Put ${ether(valueWei)} behind node ${node}, where a lie takes half of it`,
        doing: "bonding",
        send: () => bond(sender.client, { deployment, node, valueWei }),
      },
      chain,
      sender,
      context,
    );
    output.json({ node: Number(node), valueWei, ...sentJson(sent) });
    output.facts([
      ["node", output.style.title(`${node}`)],
      ["bonded", `${ether(valueWei)} more`],
      sentFact(sent),
    ]);
    return 0;
  });
};
