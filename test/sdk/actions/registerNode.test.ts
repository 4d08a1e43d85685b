import { expect } from "chai";
import { it } from "mocha";
import { keccak256, zeroHash } from "viem";
import { getNode } from "../../../sdk/src/actions/getNode.ts";
import { registerNode } from "../../../sdk/src/actions/registerNode.ts";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { createNode } from "../support/cluster.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

describeClients("registerNode", (world, kind) => {
  it("registers a node whose key has proven itself", async () => {
    const { deployment, connect, reader } = world();
    const [owner, key] = [await connect(kind), await connect(kind)];
    const metadataDigest = keccak256("0x01");
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const { node, hash } = await registerNode(owner, {
      deployment,
      key: key.account.address,
      proof,
      metadataDigest,
      metadataURI: "https://example.org/node.json",
    });
    expect(hash).to.match(/^0x[0-9a-f]{64}$/);
    expect(await getNode(reader(kind), { deployment, node })).to.deep.equal({
      node,
      owner: owner.account.address,
      key: key.account.address,
      status: "Active",
      metadataDigest,
    });
  });
  it("refuses a proof by another key", async () => {
    const { deployment, connect } = world();
    const [owner, key, other] = [await connect(kind), await connect(kind), await connect(kind)];
    const proof = await signNodeKeyProof(other, { deployment, owner: owner.account.address });
    const call = registerNode(owner, { deployment, key: key.account.address, proof });
    const { details } = await expectCode(call, "NODE_KEY_PROOF_INVALID");
    expect(details).to.deep.equal({ key: key.account.address, recovered: other.account.address });
  });
  it("refuses a proof for another chain", async () => {
    const { deployment, connect } = world();
    const [owner, key] = [await connect(kind), await connect(kind)];
    const elsewhere = { ...deployment, chainId: 5 };
    const proof = await signNodeKeyProof(key, {
      deployment: elsewhere,
      owner: owner.account.address,
      nonce: 0n,
    });
    const call = registerNode(owner, { deployment, key: key.account.address, proof });
    await expectCode(call, "NODE_KEY_PROOF_INVALID");
  });
  it("refuses a key that another node had, and names that node", async () => {
    const { deployment, connect } = world();
    const { node, key } = await createNode(world(), kind);
    const owner = await connect(kind);
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const call = registerNode(owner, { deployment, key: key.account.address, proof });
    expect((await expectCode(call, "NODE_KEY_TAKEN")).details).to.include({ node });
  });
  it("refuses metadata that is too long", async () => {
    const { deployment, connect } = world();
    const [owner, key] = [await connect(kind), await connect(kind)];
    const proof = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const call = registerNode(owner, {
      deployment,
      key: key.account.address,
      proof,
      metadataDigest: zeroHash,
      metadataURI: "x".repeat(257),
    });
    expect((await expectCode(call, "NODE_METADATA_TOO_LONG")).message).to.include("257");
  });
});
