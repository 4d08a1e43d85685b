import { readFileSync } from "node:fs";
import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import { AGENTS_MAX } from "@pleiad/sdk/blueprint/limits";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { toContractArguments } from "@pleiad/sdk/blueprint/toContractArguments";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import { expect } from "chai";
import { pino } from "pino";
import { zeroAddress, zeroHash } from "viem";
import type { ClusterState } from "../../../../node/src/chain/state.ts";
import { createVersionWriter, VERSIONS_READ_MAX } from "../../../../node/src/local/manager/versionWriter.ts";
import { SILENT_REPLACED_MIN_MS } from "../../../../node/src/manager/limits.ts";
import { createPast } from "../../../../node/src/manager/planning/past.ts";
import { createStability } from "../../../../node/src/manager/stability/stability.ts";
import { agentMember, clusterSeen, fleetOf, nodeOf } from "../../manager/fleetOf.ts";
import { agentState, clusterState, settingsFor } from "./fleetWorld.ts";

const EXAMPLE = readFileSync(new URL("../../../../examples/cluster.yaml", import.meta.url), "utf8");

/** Everything that a file can say, and texts that a file could take for something else. */
const RICH = `
slug: rich
name: '"Rich": # not a comment'
description: "yes\\nno\\t– ünïcode 🜁 \\u0000 {{input}}"
fee: 1 wei
windowSeconds: 3
attempts: 8
inputs: [a, "1", "null"]
models: {}
agents:
  - { name: "null", id: 0, role: "- a\\n- b", goal: "~", backstory: "0x10", tokensMax: 4294967295, temperature: 0.007 }
  - { name: "12", id: 9007199254740990, temperature: 2 }
  - { name: idle, id: 3, role: "Stands by." }
tasks:
  - { name: first, agent: "12", prompt: " spaces around ", tool: search, toolArguments: '{"q": "x"}', dependsOn: [], quorum: 7 }
  - { name: second, agent: "null", prompt: "p", dependsOn: [] }
  - { name: third, agent: "12", prompt: "&a *a !!str |", dependsOn: [second, first] }
`;

/** The version that a file's publication leaves, with ids of its agents as `ids` says where the file says none. */
function versionOf(blueprint: Blueprint, ids: ReadonlyMap<string, bigint> = new Map()): Version {
  const { slug, name, description, inputs, attempts, windowSeconds, feeWei } = blueprint;
  const agents = blueprint.agents.map(({ model: _, tokensMax, temperature, ...agent }) => ({
    name: agent.name,
    role: agent.role,
    goal: agent.goal,
    backstory: agent.backstory,
    agent: agent.id ?? ids.get(agent.name) ?? -1n,
    ...(tokensMax === undefined ? {} : { tokensMax }),
    ...(temperature === undefined ? {} : { temperature }),
  }));
  const tasks = blueprint.tasks.map(({ agent, ...task }, index) => ({
    ...task,
    task: index,
    agentIndex: agents.findIndex((one) => one.name === agent),
    model: 1n,
    priceWei: 1n,
    nodeShareBps: 0,
  }));
  const rest = {
    cluster: 7n,
    version: 1n,
    digest: zeroHash,
    currency: zeroAddress,
    quoteWei: 3n,
    pathLength: 1,
  };
  return { ...rest, slug, name, description, inputs, attempts, windowSeconds, feeWei, agents, tasks };
}

function draftOf({ name, description, agents }: Version, change: Partial<ClusterState> = {}): ClusterState {
  const members = agents.map(({ agent, name: called }) => ({ agent, name: called }));
  return clusterState({ name, description, agents: members, ...change });
}

function writerFor(version: Version | undefined, draft: ClusterState | undefined) {
  const world = { version, draft, uri: "", asked: [] as bigint[], read: async () => version as Version };
  const writer = createVersionWriter({
    projection: { cluster: () => world.draft, agent: (agent) => agentState(agent, 1n, { uri: world.uri }) },
    versions: {
      peek: () => world.version,
      get(cluster) {
        world.asked.push(cluster);
        return world.read();
      },
    },
    logger: pino({ level: "silent" }),
  });
  return { world, writer };
}

const NOTHING = { add: [], replace: new Map<string, bigint>() };
const IDS = new Map([
  ["outliner", 4n],
  ["writer", 5n],
  ["reviewer", 6n],
]);

describe("node/local/manager/versionWriter", () => {
  for (const [what, file] of Object.entries({ EXAMPLE, RICH })) {
    it(`aVersion_writtenAndReadAgain_isPublishedWithTheSameArguments_${what}`, () => {
      const blueprint = parseBlueprint(file);
      const ids = new Map(
        blueprint.agents.map(({ name }, index) => [name, IDS.get(name) ?? BigInt(index + 40)]),
      );
      const version = versionOf(blueprint, ids);
      const { writer } = writerFor(version, draftOf(version));
      const yaml = writer.next(7n, NOTHING) ?? "";
      const expected = toContractArguments(blueprint, { agents: ids });
      expect(toContractArguments(parseBlueprint(yaml))).to.deep.equal(expected);
    });
  }

  it("aMemberThatGivesWay_changesItsIdAlone_alsoInItsTasks", () => {
    const version = versionOf(parseBlueprint(RICH));
    const { writer } = writerFor(version, draftOf(version));
    const yaml = writer.next(7n, { add: [], replace: new Map([["12", 77n]]) }) ?? "";
    const expected = toContractArguments(parseBlueprint(RICH.replace("9007199254740990", "77")));
    expect(toContractArguments(parseBlueprint(yaml))).to.deep.equal(expected);
  });

  it("oneThatIsAdded_standsLast_withThePersonaAndEverySecondTaskOfWhomItHelps", () => {
    const version = versionOf(parseBlueprint(RICH));
    const { world, writer } = writerFor(version, draftOf(version));
    world.uri = 'data:application/json,{"name":"Poet"}';
    const add = [{ agent: 50n, beside: "12" }];
    const { agents, tasks } = parseBlueprint(writer.next(7n, { add, replace: new Map() }) ?? "");
    const [helped, added] = [agents.find(({ name }) => name === "12"), agents.at(-1)];
    expect(added).to.deep.equal({ ...helped, id: 50n, name: "Poet" });
    expect(tasks.map(({ name, agent }) => [name, agent])).to.deep.equal([
      ["first", "12"],
      ["second", "null"],
      ["third", "Poet"],
    ]);
    const before = parseBlueprint(RICH).tasks;
    expect(tasks.map(({ agent: _, ...task }) => task)).to.deep.equal(
      before.map(({ agent: _, ...task }) => task),
    );
  });

  it("twoThatComeBesideOne_eachGetATask_underNamesThatAreFree", () => {
    const four = `${RICH}  - { name: fourth, agent: "12", prompt: "p", dependsOn: [] }\n  - { name: fifth, agent: "12", prompt: "p", dependsOn: [] }\n`;
    const version = versionOf(parseBlueprint(four));
    const { writer } = writerFor(version, draftOf(version));
    const add = [50n, 51n].map((agent) => ({ agent, beside: "12" }));
    const { tasks } = parseBlueprint(writer.next(7n, { add, replace: new Map() }) ?? "");
    expect(tasks.map(({ agent }) => agent)).to.deep.equal(["12", "null", "agent-50", "agent-51", "agent-50"]);
  });

  it("nothingIsWritten_forADraftThatWasEdited_orAChangeThatIsNone", () => {
    const version = versionOf(parseBlueprint(RICH));
    const whole = draftOf(version);
    const add = (agent: bigint, beside = "12") => ({ add: [{ agent, beside }], replace: new Map() });
    const cases: readonly (readonly [
      string,
      Version,
      ClusterState | undefined,
      typeof NOTHING | ReturnType<typeof add>,
    ])[] = [
      ["no cluster", version, undefined, NOTHING],
      ["nothing published", version, { ...whole, versions: [] }, NOTHING],
      ["a member left", version, { ...whole, agents: whole.agents.slice(1) }, NOTHING],
      [
        "a member came",
        version,
        { ...whole, agents: [...whole.agents, { agent: 9n, name: "new" }] },
        NOTHING,
      ],
      ["another description", version, { ...whole, description: "other" }, NOTHING],
      ["no such member", version, whole, { add: [], replace: new Map([["who", 9n]]) }],
      ["in it already", version, whole, add(3n)],
      ["nobody of that name", version, whole, add(50n, "who")],
      ["nothing to hand over", version, whole, add(50n, "null")],
      ["nobody to hand over from", version, whole, add(50n, "idle")],
      ["an id that no file says", version, whole, add(2n ** 60n)],
      [
        "too many",
        version,
        whole,
        {
          add: Array.from({ length: AGENTS_MAX }, (_, index) => ({
            agent: BigInt(index + 100),
            beside: "12",
          })),
          replace: new Map(),
        },
      ],
    ];
    for (const [what, published, draft, change] of cases)
      expect(writerFor(published, draft).writer.next(7n, change), what).to.equal(undefined);
  });

  it("aVersionThatIsNotReadYet_isReadOnce_andWrittenAtTheNextLook", async () => {
    const version = versionOf(parseBlueprint(RICH));
    const { world, writer } = writerFor(undefined, draftOf(version));
    const reads: ((error?: PleiadError) => void)[] = [];
    world.read = () =>
      new Promise((resolve, reject) => {
        reads.push((error) => (error === undefined ? resolve(version) : reject(error)));
      });
    for (const cluster of [7n, 7n, 8n, 9n, 10n, 11n])
      expect(writer.next(cluster, NOTHING)).to.equal(undefined);
    expect(world.asked, "each once, so many at once").to.deep.equal([7n, 8n, 9n, 10n]);
    expect(world.asked.length).to.equal(VERSIONS_READ_MAX);
    reads[0]?.(new PleiadError("away", { code: "RPC_UNAVAILABLE", hint: "", retryable: true }));
    await new Promise(setImmediate);
    writer.next(7n, NOTHING);
    expect(world.asked, "asked again after it failed").to.deep.equal([7n, 8n, 9n, 10n, 7n]);
    world.version = version;
    expect(parseBlueprint(writer.next(7n, NOTHING) ?? "").slug).to.equal("rich");
  });
});

describe("a member whose nodes are gone for long", () => {
  it("gives way to a spare agent of its owner, in a next version that is the last one but for its id", () => {
    const version = versionOf(parseBlueprint(RICH));
    const { writer } = writerFor(version, draftOf(version));
    const dead = agentMember("12", [2n], {
      agent: 9_007_199_254_740_990n,
      state: "silent",
      sinceMs: SILENT_REPLACED_MIN_MS,
    });
    const members = [agentMember("null", [1n], { agent: 0n }), dead];
    const fleet = fleetOf({
      nodes: [nodeOf(1n), nodeOf(2n, { isUp: false })],
      models: [{ model: 1n, nodes: [1n] }],
      agents: [
        { agent: 9_007_199_254_740_990n, cluster: 7n },
        { agent: 77n },
        { agent: 5n, capabilities: ["read"] },
      ],
      clusters: [clusterSeen(7n, members, { slug: "rich" })],
    });
    const [draft] = createStability({ versions: writer }).plan(fleet, settingsFor(), 0, createPast());
    const [step] = draft?.steps ?? [];
    if (step?.step.act !== "publish") throw new Error("nothing is published");
    expect(toContractArguments(parseBlueprint(step.step.yaml))).to.deep.equal(
      toContractArguments(parseBlueprint(RICH.replace("9007199254740990", "77"))),
    );
    expect(step.why).to.include("agent 77 for 12");
  });
});
