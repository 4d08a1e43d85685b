import { expect } from "chai";
import { it } from "mocha";
import { erc20Abi, parseAbi, parseSignature } from "viem";
import { readContract, waitForTransactionReceipt, writeContract } from "viem/actions";
import { signPermit } from "../../../sdk/src/actions/signPermit.ts";
import { deployArtifact } from "../support/artifact.ts";
import { expectCode } from "../support/expectCode.ts";
import { withPeriphery } from "../support/periphery.ts";
import { describeClients } from "../support/world.ts";

const PERMIT_ABI = parseAbi([
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
]);

describeClients("signPermit", (world, kind) => {
  it("signs an allowance for the router that the token takes", async () => {
    const deployment = await withPeriphery(world());
    const [owner, bringer] = [await world().connect(kind), await world().connect()];
    const currency = await deployArtifact(owner, "contracts/test/Token__MockForRouter.sol");
    const permit = await signPermit(owner, { deployment, currency, amountWei: 42n });
    expect(permit).to.include({ token: currency, owner: owner.account.address, valueWei: 42n });
    const { r, s, yParity } = parseSignature(permit.signature);
    const spender = deployment.executionRouter;
    const hash = await writeContract(bringer, {
      ...{
        address: currency,
        abi: PERMIT_ABI,
        functionName: "permit",
        account: bringer.account,
        chain: null,
      },
      args: [permit.owner, spender, permit.valueWei, permit.deadline, 27 + yParity, r, s],
    });
    await waitForTransactionReceipt(bringer, { hash });
    const args = [permit.owner, spender] as const;
    const allowance = { address: currency, abi: erc20Abi, functionName: "allowance", args } as const;
    expect(await readContract(bringer, allowance)).to.equal(42n);
  });
  it("says so where a token has no permits", async () => {
    const deployment = await withPeriphery(world());
    const owner = await world().connect(kind);
    const plain = await deployArtifact(owner, "contracts/test/Token__MockForExecutions.sol");
    for (const currency of [plain, owner.account.address])
      await expectCode(signPermit(owner, { deployment, currency, amountWei: 1n }), "PERMIT_UNSUPPORTED");
  });
});
