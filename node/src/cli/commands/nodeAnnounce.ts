import { join, resolve } from "node:path";
import { nodeRegistryAbi } from "@pleiad/sdk/abi/nodeRegistry";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { getNodeOfKey } from "@pleiad/sdk/actions/getNodeOfKey";
import { setNodeMetadata } from "@pleiad/sdk/actions/setNodeMetadata";
import { PleiadError } from "@pleiad/sdk/errors";
import { zeroHash } from "viem";
import { announcing, NODE_METADATA_URI_BYTES_MAX, type NodeMetadata } from "../../chain/nodeMetadata.ts";
import { loadConfig } from "../../config/load.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { parsePeerAddress } from "../../network/peerAddress.ts";
import { openSender } from "../account.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addNodeSendOptions, type NodeSendOptions, nodeChain } from "../nodeFolder.ts";
import { openNodeKey } from "../nodeKey.ts";
import { sendOne, sentFact, sentJson } from "../sending.ts";

interface Options extends NodeSendOptions {
  readonly address?: readonly string[];
  readonly none?: boolean;
}

/** `pleiad node announce [FOLDER]`: says on the chain where a node is reached. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "the node's data folder, as pleiad node init made it", ".")
    .option(
      "--address <multiaddress...>",
      "where others reach the node, with its peer id; one or two fit the registry",
    )
    .option("--none", "announce nothing any more");
  addNodeSendOptions(command);
  addExamples(command, [
    [
      "pleiad node announce my-node --key owner.key --address /ip4/203.0.113.7/tcp/9317/p2p/12D3KooW...",
      "with the node's own address, as pleiad node status shows its peer id",
    ],
    ["pleiad node announce my-node --key owner.key --none", "takes it back"],
  ]);
  setAction<Options>(command, around, async (context, name = ".") => {
    const { options, output } = context;
    const addresses = options.address ?? [];
    const metadata = metadataOf(addresses, options.none === true);
    const config = await loadConfig(join(resolve(around.cwd, name), CONFIG_FILE));
    const chain = await nodeChain(config, options.data, around);
    const { client, deployment } = chain;
    const sender = await openSender(options, chain, output, around);
    const { address: key } = await openNodeKey(config, around);
    const node = config.node.id ?? (await getNodeOfKey(client, { deployment, key }));
    if (node === undefined) {
      throw new PleiadError(`the key ${key} belongs to no registered node`, {
        code: "NODE_UNREGISTERED",
        hint: "register the node first: pleiad node register",
        details: { key },
      });
    }
    const { metadataDigest: before } = await getNode(client, { deployment, node });
    const what = addresses.length === 0 ? "announce no address" : `announce ${addresses.join(" and ")}`;
    const instead = before === zeroHash ? "" : `, in the place of its present metadata (SHA-256 ${before})`;
    const sent = await sendOne(
      {
        call: {
          address: deployment.nodeRegistry,
          abi: nodeRegistryAbi,
          functionName: "setMetadata",
          args: [node, metadata.metadataDigest, metadata.metadataURI],
        },
        question: `For node ${node}, ${what}${instead}`,
        doing: "announcing the node",
        send: () => setNodeMetadata(sender.client, { deployment, node, ...metadata }),
      },
      chain,
      sender,
      context,
    );
    output.json({ node: Number(node), addresses, ...metadata, ...sentJson(sent) });
    output.facts([
      ["node", output.style.title(`${node}`)],
      ["addresses", addresses.length === 0 ? "none" : addresses.join(" ")],
      sentFact(sent),
    ]);
    return 0;
  });
};

/** @throws PleiadError USAGE_INVALID */
function metadataOf(addresses: readonly string[], none: boolean): NodeMetadata {
  if (none === addresses.length > 0)
    throw cliError("USAGE_INVALID", "expected where the node is reached, --address, or --none");
  const wrong = addresses.find((address) => parsePeerAddress(address) === undefined);
  if (wrong !== undefined) {
    throw cliError("USAGE_INVALID", `"${wrong}" is no address of a peer`, {
      hint: "write /ip4/203.0.113.7/tcp/9317/p2p/PEER; at a relay, the relay's address and /p2p-circuit/p2p/PEER",
      details: { address: wrong },
    });
  }
  if (none) return { metadataURI: "", metadataDigest: zeroHash };
  const metadata = announcing(addresses);
  const bytes = Buffer.byteLength(metadata.metadataURI);
  if (bytes <= NODE_METADATA_URI_BYTES_MAX) return metadata;
  throw cliError(
    "USAGE_INVALID",
    `the addresses take ${bytes} bytes, ${NODE_METADATA_URI_BYTES_MAX} are possible`,
    {
      hint: "announce one or two addresses; others are found through these",
      details: { bytes, bytesMax: NODE_METADATA_URI_BYTES_MAX },
    },
  );
}
