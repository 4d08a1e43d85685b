import { expect } from "chai";
import { it } from "mocha";
import {
  compactSignatureToSignature,
  createClient,
  custom,
  keccak256,
  parseCompactSignature,
  recoverTypedDataAddress,
  serializeSignature,
  size,
} from "viem";
import { signCompletion } from "../../../sdk/src/actions/signCompletion.ts";
import { COMPLETION_TYPES, completionDomain } from "../../../sdk/src/types/completion.ts";
import { expectCode } from "../support/expectCode.ts";
import { describeClients } from "../support/world.ts";

const COMPLETION = {
  execution: 2n ** 200n,
  task: 3,
  contextHash: keccak256("0x01"),
  outputDigest: keccak256("0x02"),
  evidenceDigest: keccak256("0x03"),
  node: 9n,
  tip: 5n,
};

describeClients("signCompletion", (world, kind) => {
  it("makes a compact signature of 64 bytes that recovers to the signer", async () => {
    const { deployment, connect } = world();
    const signer = await connect(kind);
    const signature = await signCompletion(signer, { deployment, completion: COMPLETION });
    expect(size(signature)).to.equal(64);
    const recovered = await recoverTypedDataAddress({
      domain: completionDomain(deployment.chainId, deployment.clusterExecutions),
      types: COMPLETION_TYPES,
      primaryType: "Completion",
      message: COMPLETION,
      signature: serializeSignature(compactSignatureToSignature(parseCompactSignature(signature))),
    });
    expect(recovered).to.equal(signer.account.address);
  });
  it("refuses what is not a signature", async () => {
    const { deployment, connect } = world();
    const { address } = (await connect(kind)).account;
    const broken = createClient({ account: address, transport: custom({ request: async () => "0x1234" }) });
    const error = await expectCode(
      signCompletion(broken, { deployment, completion: COMPLETION }),
      "SIGNATURE_INVALID",
    );
    expect(error.details).to.deep.equal({ bytes: 2 });
  });
});
