import { join, resolve } from "node:path";
import { registerNode } from "@pleiad/sdk/actions/registerNode";
import { signNodeKeyProof } from "@pleiad/sdk/actions/signNodeKeyProof";
import { createWalletClient, http } from "viem";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { openSender } from "../account.ts";
import { chainCall } from "../chainCall.ts";
import { addKeyOptions, type KeyOptions } from "../chainOptions.ts";
import { shownPath } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { nodeChain } from "../nodeFolder.ts";
import { openNodeKey } from "../nodeKey.ts";
import { ether, grouped } from "../text/amounts.ts";

/** `pleiad node register [FOLDER]`: makes the key of a node's folder a node of an account's. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "the node's data folder, as pleiad node init made it", ".");
  addKeyOptions(command);
  addExamples(command, [
    ["pleiad node register my-node --key owner.key", "the account of owner.key owns the node from then on"],
    [
      "pleiad node register my-node --keystore owner.json --password-env OWNER_PASSWORD",
      "with an encrypted keystore",
    ],
  ]);
  setAction<KeyOptions>(command, around, async ({ options, output }, name = ".") => {
    const folder = resolve(around.cwd, name);
    const config = await loadConfig(join(folder, CONFIG_FILE));
    const chain = await nodeChain(config);
    const { client, deployment, rpcUrl } = chain;
    const owner = await openSender(options, chain, output, around);
    const { account, address } = await openNodeKey(config, around);
    const progress = output.progress();
    progress.say("registering the node");
    const nodeKey = createWalletClient({ account, transport: http(rpcUrl) });
    const proof = await signNodeKeyProof(nodeKey, { deployment, owner: owner.address });
    const sent = await registerNode(owner.client, { deployment, key: address, proof });
    progress.end();
    const balanceWei = await chainCall(() => client.getBalance({ address }));
    output.json({
      node: Number(sent.node),
      key: address,
      owner: owner.address,
      transaction: sent.hash,
      gas: Number(sent.gasUsed),
      keyBalanceWei: balanceWei,
    });
    output.facts([
      ["node", output.style.title(`${sent.node}`)],
      ["owner", owner.address],
      ["key", `${address}, which has ${ether(balanceWei)} for gas`],
      ["transaction", `${sent.hash}, ${grouped(sent.gasUsed)} gas`],
    ]);
    output.line();
    output.prose(
      `Next: have a model served by it. Its owner and you both say so: pleiad model serve MODEL ${sent.node}. Then name ` +
        `the model and a service for it in ${shownPath(join(folder, CONFIG_FILE), around.cwd)}.`,
    );
    return 0;
  });
};
