import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { SAMPLE_CLUSTER } from "../../../../node/src/local/sampleCluster.ts";
import { loadManagerFile } from "../../../../node/src/manager/config/load.ts";

const EXAMPLE = join(resolve(import.meta.dirname, "../../../.."), "examples/cluster-manager.yaml");

describe("examples/cluster-manager.yaml", () => {
  it("isWithoutAMistake_looksAfterTheSampleCluster_andSpendsNothingUnasked", async () => {
    const { settings } = await loadManagerFile(EXAMPLE);
    expect(settings.relationships.clusters).to.deep.equal([SAMPLE_CLUSTER.slug]);
    expect(settings.policy.planWeiMax).to.equal(0n);
    expect(settings.policy.unasked).to.not.include.members(["publish", "serve-model", "leave-model"]);
  });
});
