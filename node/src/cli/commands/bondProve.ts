import { nodeBondsAbi } from "@pleiad/sdk/abi/nodeBonds";
import { proveEquivocation } from "@pleiad/sdk/actions/proveEquivocation";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { EVIDENCE_BYTES_MAX, EVIDENCE_FORMAT, parseEvidence } from "../evidence.ts";
import { readTextFile } from "../inputFile.ts";
import { withContract } from "../periphery.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { addSigningOptions, openSigning, type SigningOptions } from "../signing.ts";
import { ether } from "../text/amounts.ts";

/** `pleiad bond prove FILE`: shows that a node signed two answers for one context, which takes half of its bond. */
export const define: DefineCommand = (command, around) => {
  command.argument(
    "<file>",
    `JSON of format "${EVIDENCE_FORMAT}": a and b, each with its completion and signature`,
  );
  addSigningOptions(command);
  addExamples(command, [
    ["pleiad bond prove lie.json", "half of the bond becomes claimable by whoever paid for the run"],
    ["pleiad bond prove lie.json --key mine.key --yes --json", "anybody may, once; for a program"],
  ]);
  setAction<SigningOptions>(command, around, async (context, file = "") => {
    const { output } = context;
    const { a, b } = parseEvidence(await readTextFile(file, around.cwd, EVIDENCE_BYTES_MAX));
    const { chain, sender } = await openSigning(context);
    const deployment = withContract(chain.deployment, "nodeBonds");
    const { execution, task, node } = a.completion;
    const sent = await sendOne(
      {
        call: {
          address: deployment.nodeBonds,
          abi: nodeBondsAbi,
          functionName: "proveEquivocation",
          args: [a.completion, a.signature, b.completion, b.signature],
        },
        question: `Prove that node ${node} signed two answers to task ${task} of execution ${execution}`,
        doing: "proving the equivocation",
        send: () => proveEquivocation(sender.client, { deployment, a, b }),
      },
      chain,
      sender,
      context,
    );
    const { requester, penaltyWei } = sent;
    output.json({
      node: Number(node),
      executionId: Number(execution),
      task,
      requester,
      penaltyWei,
      ...sentJson(sent),
    });
    output.facts([
      ["node", output.style.title(`${node}`)],
      ["lost", `${ether(penaltyWei)} of its bond`],
      ["for", `${requester}, who takes it out: pleiad bond claim`],
      sentFact(sent),
    ]);
    return 0;
  });
};
