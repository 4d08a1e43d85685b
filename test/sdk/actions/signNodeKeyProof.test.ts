import { expect } from "chai";
import { it } from "mocha";
import { recoverTypedDataAddress } from "viem";
import { signNodeKeyProof } from "../../../sdk/src/actions/signNodeKeyProof.ts";
import { NODE_KEY_PROOF_TYPES, nodeKeyProofDomain } from "../../../sdk/src/types/nodeKeyProof.ts";
import { createNode } from "../support/cluster.ts";
import { describeClients } from "../support/world.ts";

describeClients("signNodeKeyProof", (world, kind) => {
  it("is the key's word for this owner, nonce, chain and registry", async () => {
    const { deployment, connect } = world();
    const [key, owner] = [await connect(kind), await connect(kind)];
    const signature = await signNodeKeyProof(key, { deployment, owner: owner.account.address });
    const recovered = await recoverTypedDataAddress({
      domain: nodeKeyProofDomain(deployment.chainId, deployment.nodeRegistry),
      types: NODE_KEY_PROOF_TYPES,
      primaryType: "NodeKeyProof",
      message: { owner: owner.account.address, nonce: 0n },
      signature,
    });
    expect(recovered).to.equal(key.account.address);
  });
  it("counts the proofs that the key has given before", async () => {
    const { deployment } = world();
    const { key, owner } = await createNode(world(), kind);
    const parameters = { deployment, owner: owner.account.address };
    const next = await signNodeKeyProof(key, { ...parameters, nonce: 1n });
    expect(await signNodeKeyProof(key, parameters)).to.equal(next);
  });
});
