import { expect } from "chai";
import { describe, it } from "mocha";
import { simulateGossip } from "../../scripts/network/gossipModel.ts";

const options = {
  seed: 1,
  nodes: 60,
  connections: 12,
  messages: 20,
  messagesPerSecond: 20,
  messageBytes: 1_024,
  latencyMs: [5, 50],
  hopMs: 1,
} as const;

describe("the simulation of gossip", () => {
  it("reaches every node once, and gives the same figures for the same seed", () => {
    const figures = simulateGossip(options);
    expect(figures.delivered).to.equal(figures.expected);
    expect(figures.medianMs).to.be.within(5, figures.p99Ms);
    expect(figures.latestMs).to.be.at.least(figures.p99Ms);
    expect(simulateGossip(options)).to.deep.equal(figures);
    expect(simulateGossip({ ...options, seed: 2 })).to.not.deep.equal(figures);
  });

  it("takes longer where a hop costs more, and fewer copies where messages are large enough to be declined", () => {
    const figures = simulateGossip(options);
    expect(simulateGossip({ ...options, hopMs: 40 }).medianMs).to.be.greaterThan(figures.medianMs + 20);
    const small = simulateGossip({ ...options, messageBytes: 100 });
    expect(small.controlFramesPerNode).to.be.lessThan(figures.controlFramesPerNode);
    expect(small.copiesPerNode).to.be.greaterThan(figures.copiesPerNode);
  });
});
