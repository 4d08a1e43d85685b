import { createHash } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { logSpaceDigest } from "../../../sdk/src/log/logSpaceDigest.ts";

const SPACE = {
  chainId: 31_337,
  clusterRegistry: "0x00000000000000000000000000000000000000c1",
  cluster: 7n,
} as const;

describe("logSpaceDigest", () => {
  it("is SHA-256 over a tag, 8 bytes of chain, the registry and 32 bytes of cluster", () => {
    const numbers = `${(31_337).toString(16).padStart(16, "0")}${"00".repeat(19)}c1${"7".padStart(64, "0")}`;
    const expected = createHash("sha256")
      .update("pleiad log space 1\0")
      .update(Buffer.from(numbers, "hex"))
      .digest("hex");
    expect(Buffer.from(logSpaceDigest(SPACE)).toString("hex")).to.equal(expected);
  });

  it("is another for another chain, registry or cluster", () => {
    const others = [
      SPACE,
      { ...SPACE, chainId: 1 },
      { ...SPACE, cluster: 8n },
      { ...SPACE, clusterRegistry: "0x00000000000000000000000000000000000000c2" },
    ] as const;
    expect(new Set(others.map((space) => logSpaceDigest(space).join())).size).to.equal(4);
  });
});
