import { expect } from "chai";
import { describe, it } from "mocha";
import { RANK_DAMPING } from "../../../../node/src/agents/samples/limits.ts";
import { connect, createGraph, rankUnits } from "../../../../node/src/agents/samples/textrank.ts";

describe("samples/textrank", () => {
  it("ranks the middle of a star highest and its points alike", () => {
    const graph = createGraph(5);
    for (const point of [1, 2, 3, 4]) connect(graph, 0, point, 1);
    const [middle = 0, ...points] = rankUnits(graph);
    // S0 = 0.15 + 0.85 * 4 * S1 and S1 = 0.15 + 0.85 * S0 / 4.
    const exact = (0.15 + 0.85 * 4 * 0.15) / (1 - 0.85 * 0.85);
    expect(middle).to.be.closeTo(exact, 0.01);
    for (const point of points) expect(point).to.be.closeTo(0.15 + (0.85 * exact) / 4, 0.01);
  });

  it("gives a unit without edges the least score there is", () => {
    const graph = createGraph(3);
    connect(graph, 0, 1, 2);
    expect(rankUnits(graph)[2]).to.be.closeTo(1 - RANK_DAMPING, 1e-9);
  });

  it("follows weights: the closer neighbour ranks higher", () => {
    const graph = createGraph(3);
    connect(graph, 0, 1, 3);
    connect(graph, 0, 2, 1);
    const scores = rankUnits(graph);
    expect(scores[1]).to.be.greaterThan(scores[2] ?? 0);
  });

  it("ranks an empty graph", () => {
    expect([...rankUnits(createGraph(0))]).to.deep.equal([]);
  });
});
