import { expect } from "chai";
import { describe, it } from "mocha";
import { presenceLook } from "../../../../node/src/local/dashboard/lookedAt.ts";
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
});
