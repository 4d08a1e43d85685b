import { expect } from "chai";
import { describe, it } from "mocha";
import { parsePs } from "../../../node/src/agents/processTable.mjs";

describe("process table", () => {
  it("reads tags in a listing by ps, wherever they stand in the line", () => {
    const listing = [
      "    1 /sbin/launchd",
      "  501 /usr/local/bin/node agent.mjs hang PATH=/bin PLEIAD_AGENT_TAG=folder-a:1-2 HOME=/tmp/x",
      "  502 sh -c true PLEIAD_AGENT_TAG=folder-b:7",
      "99999 node guardProcess.mjs PLEIAD_GUARD_TAG=folder-a:1-2",
      "",
    ].join("\n");
    expect(parsePs(listing)).to.deep.equal([
      { pid: 501, variable: "PLEIAD_AGENT_TAG", tag: "folder-a:1-2" },
      { pid: 502, variable: "PLEIAD_AGENT_TAG", tag: "folder-b:7" },
      { pid: 99999, variable: "PLEIAD_GUARD_TAG", tag: "folder-a:1-2" },
    ]);
  });

  it("takes no similar name and no other text for a tag", () => {
    const listing = [
      "  501 node MY_PLEIAD_AGENT_TAG=folder-a:1",
      '  502 grep "PLEIAD_AGENT_TAG=folder-a:1"',
      "  503 node PLEIAD_AGENT_TAG=",
      "  504 node PLEIAD_AGENT_TAG=folder-a:1;x",
      "PLEIAD_AGENT_TAG=folder-a:1",
    ].join("\n");
    expect(parsePs(listing)).to.deep.equal([]);
  });
});
