import { expect } from "chai";
import { playScenario } from "./play.ts";

playScenario(
  "stuckTransaction",
  "raises what is stuck, three times at most, cancels it, and carries on",
  (counts) => {
    expect(counts.get("raises of what is held"), "raises").to.be.at.least(3);
    expect(counts.get("cancels after all raises"), "cancels").to.be.at.least(1);
  },
);
