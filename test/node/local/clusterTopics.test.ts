import { expect } from "chai";
import { describe, it } from "mocha";
import { createClusterTopics } from "../../../node/src/local/clusterTopics.ts";

describe("clusterTopics", () => {
  function world(clustersMax: number) {
    const subscribed = new Set<bigint>();
    const network = {
      subscribeCluster(cluster: bigint) {
        if (subscribed.size >= clustersMax) throw new Error("one more than the network takes");
        subscribed.add(cluster);
      },
      unsubscribeCluster: (cluster: bigint) => void subscribed.delete(cluster),
    };
    return { subscribed, topics: createClusterTopics({ clustersMax }, { network }) };
  }

  it("join_moreClustersThanTheNetworkTakes_leavesTheOneNamedLongestAgo", () => {
    const { subscribed, topics } = world(3);
    for (const cluster of [1n, 2n, 3n, 4n]) topics.join(cluster);
    expect([...subscribed]).to.deep.equal([2n, 3n, 4n]);
  });

  it("join_clusterAtWorkAmongManyNewOnes_isKept", () => {
    const { subscribed, topics } = world(3);
    for (let cluster = 2n; cluster < 100n; cluster++) {
      topics.join(1n);
      topics.join(cluster);
    }
    expect([...subscribed])
      .to.include(1n)
      .and.to.have.length(3);
  });
});
