import { decodeLogExportLine } from "@pleiad/sdk/log/decodeLogExportLine";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Credential } from "../../../node/src/workspace/types.ts";
import { ALICE, ALPHA, BETA, BOB, codeOf, Net, OWNER, STRANGER } from "./support.ts";

const REFUSED: readonly (readonly [who: string, credential: Credential, code: string])[] = [
  ["an agent", { kind: "agent", agent: 1n, user: ALICE }, "OPERATION_NOT_ALLOWED"],
  ["an agent for the cluster's owner", { kind: "agent", agent: 1n, user: OWNER }, "OPERATION_NOT_ALLOWED"],
  ["an agent in no cluster", { kind: "agent", agent: 10n, user: ALICE }, "AGENT_NOT_IN_CLUSTER"],
  ["a helper", { kind: "helper", cluster: ALPHA, name: "scout", user: OWNER }, "OPERATION_NOT_ALLOWED"],
  ["a user", { kind: "user", cluster: ALPHA, user: ALICE }, "OPERATION_NOT_ALLOWED"],
  ["the owner of another cluster", { kind: "user", cluster: BETA, user: OWNER }, "USER_NOT_ADMITTED"],
  ["a user of another cluster", { kind: "user", cluster: BETA, user: BOB }, "OPERATION_NOT_ALLOWED"],
  ["a stranger", { kind: "user", cluster: ALPHA, user: STRANGER }, "USER_NOT_ADMITTED"],
  ["an operator, of a cluster that is not", { kind: "node", cluster: 99n }, "CLUSTER_UNKNOWN"],
];

describe("exportLog of the workspace", () => {
  for (const [who, credential, code] of REFUSED) {
    it(`refuses ${who} before the first line (${code})`, async () => {
      const one = await new Net().open(1n, { clusters: [ALPHA, BETA] });
      await one.agent(1n).spawnAgent({ name: "scout", role: "r", goal: "g" });
      for (const withKeys of [false, true])
        expect(await codeOf(one.workspace.exportLog(credential, { withKeys }))).to.equal(code);
    });
  }

  it("gives operator and owner the log of their cluster alone, keys only where they are asked for", async () => {
    const net = new Net();
    const one = await net.open(1n, { clusters: [ALPHA, BETA] });
    await one.agent(1n).writeContext({ key: "plan", value: "v" });
    await one.agent(20n, BOB).writeContext({ key: "beta", value: "v" });
    const credentials: readonly Credential[] = [
      { kind: "node", cluster: ALPHA },
      { kind: "user", cluster: ALPHA, user: OWNER },
    ];
    for (const credential of credentials) {
      for (const options of [undefined, { withKeys: true }]) {
        const lines = [];
        for await (const text of await one.workspace.exportLog(credential, options))
          lines.push(decodeLogExportLine(text));
        const [first] = lines;
        expect(first?.kind === "header" && first.header.cluster).to.equal(ALPHA);
        expect(lines.some(({ kind }) => kind === "key")).to.equal(options !== undefined);
        expect(lines.some(({ kind }) => kind === "entry")).to.equal(true);
      }
    }
  });

  it("refuses the operator once its node is a member no more", async () => {
    const net = new Net();
    const one = await net.open(1n, { clusters: [ALPHA] });
    net.chain.nodes = [2n, 3n];
    expect(await codeOf(one.workspace.exportLog({ kind: "node", cluster: ALPHA }))).to.equal("NOT_A_MEMBER");
  });
});
