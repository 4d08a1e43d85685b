import { expect } from "chai";
import fc from "fast-check";
import { it } from "mocha";
import { concat, hexToBytes, keccak256, size, slice } from "viem";
import { clusterRegistryAbi } from "../../../sdk/src/abi/clusterRegistry.ts";
import { decodeVersion } from "../../../sdk/src/actions/decodeVersion.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { read } from "../../../sdk/src/internal/read.ts";
import { createTestCluster } from "../support/cluster.ts";
import { describeOnChain, type World } from "../support/world.ts";

async function versionData(world: World): Promise<`0x${string}`> {
  const { deployment, reader } = world;
  const { cluster } = await createTestCluster(world);
  return read(reader(), {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "versionData",
    args: [cluster, 1n],
  });
}

describeOnChain("decodeVersion", (world) => {
  it("hashes the code, STOP byte included", async () => {
    const data = await versionData(world());
    expect(decodeVersion(data).digest).to.equal(keccak256(concat(["0x00", data])));
    expect(decodeVersion(hexToBytes(data))).to.deep.equal(decodeVersion(data));
  });
  it("refuses every truncation and every other format with VERSION_INVALID", async () => {
    const data = await versionData(world());
    const refused = (bytes: `0x${string}`): void => {
      try {
        decodeVersion(bytes);
        expect.fail(`${size(bytes)} bytes were taken`);
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        expect(error.code).to.equal("VERSION_INVALID");
      }
    };
    for (let length = 1; length < size(data); length++) refused(slice(data, 0, length));
    refused(concat(["0x03", slice(data, 1)]));
    refused("0x");
  });
  it("never fails in any other way, whatever the bytes", async () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        bytes.set([2].slice(0, bytes.length));
        try {
          decodeVersion(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(PleiadError);
        }
      }),
      { seed: 7, numRuns: 256 },
    );
  });
});
