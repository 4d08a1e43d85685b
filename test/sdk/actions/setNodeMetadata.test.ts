import { expect } from "chai";
import { it } from "mocha";
import { keccak256 } from "viem";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { setNodeMetadata } from "../../../sdk/src/actions/setNodeMetadata.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("setNodeMetadata", (world, kind) => {
  it("names another metadata file", async () => {
    const { deployment } = world();
    const { node, owner } = await createNode(world(), kind);
    const metadataDigest = keccak256("0x02");
    await setNodeMetadata(owner, { deployment, node, metadataDigest, metadataURI: "https://example.org" });
    expect((await getNode(owner, { deployment, node })).metadataDigest).to.equal(metadataDigest);
  });
  it("names an unknown node", async () => {
    const { deployment, connect } = world();
    const parameters = { deployment, node: 999n, metadataDigest: keccak256("0x"), metadataURI: "" };
    await expectCode(setNodeMetadata(await connect(kind), parameters), "NODE_UNKNOWN");
  });
});
