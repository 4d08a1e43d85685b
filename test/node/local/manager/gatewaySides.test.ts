import { expect } from "chai";
import { describe, it } from "mocha";
import { createGatewaySides } from "../../../../node/src/local/manager/gatewaySides.ts";
import type { ContextValue } from "../../../../node/src/workspace/types.ts";
import { CLUSTER, OWNER, STRANGER } from "./fleetWorld.ts";

const WAY = { from: "brief", to: "other" };

function value(writer: string, text: string | null): ContextValue {
  const party = { id: writer, kind: "user", name: writer } as const;
  return {
    key: "gateways/brief/other",
    value: text,
    version: "0x00" as never,
    writer: party,
    writtenAtMs: 0,
  };
}

describe("createGatewaySides", () => {
  async function topicsOf(values: readonly ContextValue[], open: readonly bigint[] = [CLUSTER]) {
    const as = () =>
      ({
        readContext: async ({ writtenBy }: { readonly writtenBy: (writer: string) => boolean }) =>
          values.filter(({ writer }) => writtenBy(writer.id)),
      }) as never;
    const sides = createGatewaySides({
      workspace: { clusters: () => open, as },
      ownerOf: () => OWNER,
      ownerOfNode: (node) => (node === 1n ? OWNER : STRANGER),
    });
    await sides.read([CLUSTER]);
    return sides.topics(CLUSTER, WAY);
  }

  it("takesWhatTheOwnerWrote_byATokenOrAtANodeOfTheirs", async () => {
    expect(await topicsOf([value(`user:${OWNER}`, "drafts, news")])).to.deep.equal(["drafts", "news"]);
    expect(await topicsOf([value("node:1", "drafts")])).to.deep.equal(["drafts"]);
  });

  it("takesNothingOfAnybodyElse_norOfAClusterThatIsNotOpenHere", async () => {
    for (const writer of [`user:${STRANGER}`, "node:2", "agent:0", "helper:1/tester"])
      expect(await topicsOf([value(writer, "drafts")]), writer).to.equal(undefined);
    expect(await topicsOf([value("node:1", null)])).to.equal(undefined);
    expect(await topicsOf([value("node:1", "drafts")], [])).to.equal(undefined);
  });
});
