import { expect } from "chai";
import { describe, it } from "mocha";
import { presenceLook, usageLook } from "../../../../node/src/local/dashboard/lookedAt.ts";
import { madeUpTeam } from "../../../dashboard/support/madeUpTeam.ts";

describe("what is looked at for pages", () => {
  it("is another text where a program's state, or whether somebody is there, is another, and the same where nothing is", async () => {
    const team = madeUpTeam({ agents: 12 });
    const look = presenceLook(() => team.workspace as never);
    const first = (await look()).get("1");
    expect((await look()).get("1")).to.equal(first);
    const helper = team.members.find(({ program }) => program !== undefined);
    if (helper?.program === undefined) throw new Error("there is a helper");
    team.change(helper.id, { lastSeenMs: 1 });
    expect((await look()).get("1"), "a sign of life changes nothing by itself").to.equal(first);
    team.change(helper.id, { program: { ...helper.program, note: "works at a message" } });
    const second = (await look()).get("1");
    expect(second).to.not.equal(first);
    team.change(helper.id, { isAlive: false });
    expect((await look()).get("1")).to.not.equal(second);
  });

  it("is nothing where no workspace is open", async () => {
    expect(await presenceLook(() => undefined)()).to.have.lengthOf(0);
  });

  it("is another text once a turn was counted, and the next day", async () => {
    const day = 24 * 3_600_000;
    let nowMs = 10 * day;
    let turns = 0;
    const usage = { sum: async () => (turns === 0 ? undefined : ({ turns, updatedAtMs: 5 } as never)) };
    const look = usageLook(usage, () => nowMs);
    const texts = [(await look()).get("today")];
    turns = 1;
    texts.push((await look()).get("today"));
    nowMs += day;
    texts.push((await look()).get("today"));
    expect(new Set(texts)).to.have.lengthOf(3);
  });
});
