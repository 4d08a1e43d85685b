import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { managerOff } from "../../../../node/src/local/manager/managerFace.ts";
import type { Manager } from "../../../../node/src/manager/face.ts";
import { fakeManager, planOf } from "../../local/manager/fakeManager.ts";
import { type ManagingNode, startManagingNode } from "../support/managingNode.ts";
import { type CliNetwork, sharedNetwork } from "../support/network.ts";

const FORMED = `slug: weekly-brief
name: Weekly brief
windowSeconds: 30
agents:
  - { name: reader-2, id: 3, role: Reads. }
  - { name: writer-2, id: 4, role: Writes. }
tasks:
  - { name: 1 reading, agent: reader-2, prompt: Read it. }
  - { name: 2 writing, agent: writer-2, dependsOn: [1 reading], prompt: Write it. }
`;
const NEEDS = ["--goal", "Sum up", "--need", "reading", "--budget", "0.01ether", "--price-max", "0.002ether"];

function refusing(code: string): () => Promise<never> {
  return () => Promise.reject(new PleiadError(`refused with ${code}`, { code, hint: "as a test wants it" }));
}

describe("the commands about a manager", () => {
  let network: CliNetwork;
  let managing: ManagingNode;
  let fake: ReturnType<typeof fakeManager>;
  let change: Partial<Manager> | undefined;

  const manager = (...args: string[]) => network.run(["manager", ...args, "--node", managing.folder]);
  const failing = async (...args: string[]) => {
    const { code, stdout } = await manager(...args, "--json");
    expect(code, args.join(" ")).to.equal(1);
    return (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error;
  };

  before(async function () {
    this.timeout(60_000);
    network = await sharedNetwork();
    managing = await startManagingNode(network.folder, () =>
      change === undefined ? managerOff() : { ...fake.manager, ...change },
    );
  });
  after(() => managing?.stop());
  beforeEach(() => {
    fake = fakeManager();
    change = {};
  });

  it("say where the file goes when there is none, on a local network too", async () => {
    change = undefined;
    const { code, message, hint } = await failing("status");
    expect(code).to.equal("MANAGER_OFF");
    expect(message).to.include("manager.file");
    expect(hint).to.include("cluster-manager.yaml").and.to.include("data folder");
  });

  it("take a managed cluster by its slug, and say which clusters there are else", async () => {
    const { stdout } = await manager("explain", "brief");
    expect(stdout, "what is known by that name goes first").to.include("brief is as it is");
    change = {
      explain: async (subject) =>
        subject === "cluster/7" ? ["because of seven"] : refusing("SUBJECT_UNKNOWN")(),
    };
    expect((await manager("explain", "brief")).stdout).to.include("because of seven");
    expect((await manager("explain", "7")).stdout).to.include("because of seven");
    expect((await failing("explain", "nobody")).code).to.equal("SUBJECT_UNKNOWN");
    expect((await manager("route", "brief")).stdout).to.match(/reader +2, 1/);
    await manager("scale", "other", "--places", "4");
    expect(fake.asked[0]).to.deep.equal(["request", { kind: "SCALING", cluster: 8n, places: 4 }, "operator"]);
    const { code, hint } = await failing("route", "nobody");
    expect(code).to.equal("USAGE_INVALID");
    expect(hint).to.include("pleiad manager status");
  });

  it("tell a cluster without routes yet from one that nobody looks after", async () => {
    change = { routes: () => [] };
    expect((await manager("route", "7")).stdout).to.include("no routes of cluster 7 yet");
    expect((await failing("route", "99")).message).to.include("none that this manager looks after");
  });

  it("tell of a look that finds nothing to do as what is well, and of places that cannot be as a failure", async () => {
    change = { request: refusing("NOTHING_TO_DO") };
    const { code, stdout } = await manager("scale", "7");
    expect(code).to.equal(0);
    expect(stdout).to.include("cluster 7 is as it should be");
    expect(JSON.parse((await manager("scale", "7", "--json")).stdout)).to.deep.equal({ plan: null });
    expect((await failing("scale", "7", "--places", "4")).code).to.equal("NOTHING_TO_DO");
    change = { request: refusing("POLICY_FORBIDS") };
    expect((await failing("scale", "7")).code).to.equal("POLICY_FORBIDS");
  });

  it("refuse a slug and needs that cannot be in words of the command, before anything is asked", async () => {
    expect(await failing("form", "Weekly_Brief", ...NEEDS)).to.deep.include({
      code: "USAGE_INVALID",
      message: '"Weekly_Brief" is no slug: expected 3 to 31 of a-z 0-9 -',
    });
    const without = NEEDS.filter((word) => word !== "--need" && word !== "reading");
    expect((await failing("form", "weekly-brief", ...without)).code).to.equal("USAGE_ARGUMENT_MISSING");
    expect(fake.asked).to.deep.equal([]);
  });

  it("show who is in a cluster that a plan publishes, and who must say yes only while somebody must", async () => {
    fake = fakeManager([{ act: "publish", slug: "weekly-brief", yaml: FORMED, from: 0 }]);
    const { stdout } = await manager("plan", "p1");
    expect(stdout)
      .to.match(/reader-2 +3 +1 reading/)
      .and.to.match(/writer-2 +4 +2 writing/)
      .and.to.match(/who must say yes +set-places/);
    change = { plan: async () => planOf({ state: "verified", done: 1, outcomes: ["done"] }) };
    expect((await manager("plan", "p1")).stdout).to.not.include("who must say yes");
  });

  it("keep apart what a cluster wants, whatever commas are in it", async () => {
    const status = await fake.manager.status();
    const [first] = status.clusters;
    if (first === undefined) throw new Error("the fake manager has clusters");
    change = {
      status: async () => ({ ...status, clusters: [{ ...first, wanted: ["2 more: 1, 3", "ada back"] }] }),
    };
    expect((await manager("status")).stdout).to.include("2 more: 1, 3; ada back");
  });

  it("name clusters of the file that are not on the chain", async () => {
    const status = await fake.manager.status();
    const { settings } = status;
    const clusters = ["brief", "breif"];
    change = {
      status: async () => ({
        ...status,
        settings: { ...settings, relationships: { ...settings.relationships, clusters } },
      }),
    };
    expect((await manager("status")).stdout).to.match(/not found +no cluster .* slug breif/);
    change = {};
    expect((await manager("status")).stdout).to.not.include("not found");
  });
});
