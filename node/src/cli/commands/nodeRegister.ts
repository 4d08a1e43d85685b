import { join, resolve } from "node:path";
import { nodeRegistryAbi } from "@pleiad/sdk/abi/nodeRegistry";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { createWalletClient, http, zeroHash } from "viem";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { openSender } from "../account.ts";
import { chainCall } from "../chainCall.ts";
import { shownPath } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addNodeSendOptions, type NodeSendOptions, nodeChain } from "../nodeFolder.ts";
import { openNodeKey } from "../nodeKey.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";
import { ether } from "../text/amounts.ts";

/** `pleiad node register [FOLDER]`: makes the key of a node's folder a node of an account's. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "the node's data folder, as pleiad node init made it", ".");
  addNodeSendOptions(command);
  addExamples(command, [
    ["pleiad node register my-node --key owner.key", "the account of owner.key owns the node from then on"],
    [
      "pleiad node register my-node --keystore owner.json --password-env OWNER_PASSWORD",
      "with an encrypted keystore",
    ],
    ["pleiad node register my-node --key owner.key --yes --json", "without asking; for a program"],
  ]);
  setAction<NodeSendOptions>(command, around, async (context, name = ".") => {
    const { options, output } = context;
    const folder = resolve(around.cwd, name);
    const config = await loadConfig(join(folder, CONFIG_FILE));
    const chain = await nodeChain(config, options.data, around);
    const { client, deployment, rpcUrl } = chain;
    const owner = await openSender(options, chain, output, around);
    const { account, address } = await openNodeKey(config, around);
    const nodeKey = createWalletClient({ account, transport: http(rpcUrl) });
    const proof = await signNodeKeyProof(nodeKey, { deployment, owner: owner.address });
    const sent = await sendOne(
      {
        call: {
          address: deployment.nodeRegistry,
          abi: nodeRegistryAbi,
          functionName: "register",
          args: [address, proof, zeroHash, ""],
        },
        question: `Register a node with key ${address}, owned by ${owner.address}`,
        doing: "registering the node",
        send: () => registerNode(owner.client, { deployment, key: address, proof }),
      },
      chain,
      owner,
      context,
    );
    const balanceWei = await chainCall(() => client.getBalance({ address }));
    output.json({
      node: Number(sent.node),
      key: address,
      owner: owner.address,
      keyBalanceWei: balanceWei,
      ...sentJson(sent),
    });
    output.facts([
      ["node", output.style.title(`${sent.node}`)],
      ["owner", owner.address],
      ["key", `${address}, which has ${ether(balanceWei)} for gas`],
      sentFact(sent),
    ]);
    output.line();
    output.prose(
      `Next: have a model served by it. Its owner and you both say so: pleiad model serve MODEL ${sent.node}. Then name ` +
        `the model and a service for it in ${shownPath(join(folder, CONFIG_FILE), around.cwd)}.`,
    );
    return 0;
  });
};
