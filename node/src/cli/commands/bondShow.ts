import { getBond } from "@pleiad/sdk/actions/getBond";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { openChain } from "../context.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import { withContract } from "../periphery.ts";
import { counted, ether, timeText } from "../text/amounts.ts";

/** `pleiad bond show NODE`: what stands behind a node, and how often it was shown to have lied. */
export const define: DefineCommand = (command, around) => {
  command.argument("<node>", "the node's id");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad bond show 1", "what is bonded, what is on its way out, and proven lies"],
    ["pleiad bond show 1 --json", "for a program"],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, id) => {
    const node = idOf(id);
    const chain = await openChain(options, around);
    const deployment = withContract(chain.deployment, "nodeBonds");
    const [{ owner }, bond] = await Promise.all([
      getNode(chain.client, { deployment, node }),
      getBond(chain.client, { deployment, node }),
    ]);
    const { bondedWei, unbondingWei, releasesAt, equivocations } = bond;
    output.json({
      node: Number(node),
      owner,
      bondedWei,
      unbondingWei,
      releasesAt: releasesAt === 0n ? null : Number(releasesAt),
      equivocations: Number(equivocations),
    });
    output.facts([
      ["node", output.style.title(`${node}`)],
      ["owner", owner],
      ["bonded", ether(bondedWei)],
      [
        "on its way",
        unbondingWei === 0n ? "" : `${ether(unbondingWei)}, released at ${timeText(releasesAt)}`,
      ],
      [
        "lies",
        equivocations === 0n
          ? "none proven"
          : output.style.warning(`${counted(equivocations, "proof")} of two answers`),
      ],
    ]);
    return 0;
  });
};
