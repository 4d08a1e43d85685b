import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import { FILE_EXAMPLE } from "../../../../node/src/manager/config/example.ts";
import { MANAGER_KEYS } from "../../../../node/src/manager/config/keys.ts";
import { parseManagerFile } from "../../../../node/src/manager/config/parse.ts";
import { MANAGER_RELATIONS } from "../../../../node/src/manager/config/relations.ts";
import { MANAGER_FILE_BYTES_MAX } from "../../../../node/src/manager/limits.ts";
import { failureOf } from "../../config/helpers.ts";
import { fileText } from "./support.ts";

const SEED = 20_261_126;
const FILE = "/data/manager.yaml";
const parse = (text: string) => parseManagerFile(text, FILE);
/** The first mistake, without the file's name. */
const lineOf = (text: string) =>
  failureOf(() => parse(text), "MANAGER_FILE_INVALID").message.replace(FILE, "");
const problemsOf = (text: string) =>
  failureOf(() => parse(text), "MANAGER_FILE_INVALID").details.problems as readonly string[];

describe("a manager's file", () => {
  it("tells every mistake in its message, the file's name once", () => {
    const text = fileText({ name: 7, nmae: "Main", capabilities: ["cooking"] });
    const problems = problemsOf(text);
    expect(problems).to.have.length(3);
    const { message } = failureOf(() => parse(text), "MANAGER_FILE_INVALID");
    expect(message.split(FILE)).to.have.length(2);
    for (const problem of problems) {
      const [, line, sentence] = /^[^:]+:(\d+): (.*)$/s.exec(problem) ?? [];
      expect(message)
        .to.include(sentence)
        .and.to.match(new RegExp(`[: ]${line}: `));
    }
  });

  it("needs id, name, capabilities, relationships and databases, and has a default for all else", () => {
    const { settings, alerting } = parse(fileText());
    expect(settings).to.deep.equal({
      id: "main",
      name: "Main",
      capabilities: ["formation"],
      relationships: {
        clusters: ["alpha-one"],
        owners: [],
        orchestrator: undefined,
        gateways: [],
        weights: new Map(),
      },
      databases: { clusters: "m_clusters", communication: "m_communication", performance: "m_performance" },
      formationIntervalMs: 60_000,
      scalingIntervalMs: 30_000,
      alertThresholds: {
        clusterSize: { min: 3, max: 10 },
        communicationLatencyMs: 1_000,
        resourceUsage: 0.8,
        stabilityScore: 0.9,
      },
      policy: {
        unasked: [
          "set-places",
          "set-share",
          "start-helper",
          "stop-helper",
          "restart-member",
          "resume-node",
          "set-route",
          "connect",
          "write-context",
          "broadcast",
        ],
        forbidden: [],
        planWeiMax: 10n ** 16n,
        dayWeiMax: 5n * 10n ** 16n,
        restartsMax: 3,
        restartWindowMs: 600_000,
        cooldownMs: 300_000,
        verifyMs: 120_000,
        placesFloor: 1,
        ownerShareMax: 1,
        placesMax: 16,
        helpersMax: 8,
      },
    });
    expect(alerting).to.deep.equal({
      fireAfterMs: 60_000,
      resolveAfterMs: 120_000,
      sinks: [{ kind: "log", name: "log" }],
    });
    for (const key of ["id", "name", "capabilities", "relationships", "databases"]) {
      expect(problemsOf(fileText({ [key]: undefined })), key).to.have.length(1);
      expect(lineOf(fileText({ [key]: undefined })), key).to.contain(`cluster_manager.${key}: it is missing`);
    }
  });

  it("takes all that the example has", () => {
    const { settings, alerting } = parse(FILE_EXAMPLE);
    expect(settings.relationships.gateways).to.deep.equal([
      { from: "document-brief", to: "code-review", topics: ["findings"] },
    ]);
    expect(settings.relationships.weights).to.deep.equal(new Map([["code-review", 2]]));
    expect(settings.relationships.orchestrator).to.equal("http://127.0.0.1:9400/reports");
    expect(alerting.sinks).to.deep.equal([
      { kind: "log", name: "log" },
      {
        kind: "webhook",
        name: "pager",
        url: "https://pager.example.org/hooks/pleiad",
        secretFile: "/data/alert.secret",
      },
      { kind: "alertmanager", name: "am", url: "http://127.0.0.1:9093" },
    ]);
  });

  it("takes databases as a list of exactly three, in their order", () => {
    const { settings } = parse(fileText({ databases: ["a", "b", "c"] }));
    expect(settings.databases).to.deep.equal({ clusters: "a", communication: "b", performance: "c" });
    expect(lineOf(fileText({ databases: ["a", "b"] }))).to.contain(
      "cluster_manager.databases: 2 names given, expected exactly three, in the order clusters, communication, performance",
    );
    expect(lineOf(fileText({ databases: ["a", "b", "c", "d"] }))).to.contain("4 names given");
    expect(lineOf(fileText({ databases: ["a", "b", "a"] }))).to.contain("three different names");
    expect(lineOf(fileText({ databases: "a" }))).to.contain('"a" given');
  });

  it("takes intervals in seconds or with a unit, and amounts with theirs alone", () => {
    const { settings } = parse(
      fileText({
        formation_interval: 45,
        scaling_interval: "5m",
        alert_thresholds: { communication_latency: "2s", cluster_size: { min: 1, max: 4 } },
        policy: { plan_wei_max: "5 gwei", day_wei_max: "0.02 ether", cooldown_ms: "10m", verify_ms: 5_000 },
      }),
    );
    expect(settings.formationIntervalMs).to.equal(45_000);
    expect(settings.scalingIntervalMs).to.equal(300_000);
    expect(settings.alertThresholds.communicationLatencyMs).to.equal(2_000);
    expect(settings.alertThresholds.clusterSize).to.deep.equal({ min: 1, max: 4 });
    expect(settings.policy.planWeiMax).to.equal(5_000_000_000n);
    expect(settings.policy.dayWeiMax).to.equal(2n * 10n ** 16n);
    expect(settings.policy.cooldownMs).to.equal(600_000);
    expect(settings.policy.verifyMs).to.equal(5_000);
    for (const wrong of [0, 0.5, -30, 86_401, "30", "30 sec", "1e3s", "5M", Number.NaN, true, [30], null])
      expect(lineOf(fileText({ formation_interval: wrong })), String(wrong)).to.contain(
        "expected seconds from 1 to 86400",
      );
    for (const wrong of [5, "5", "5 eth", "-1 wei", "1.5 wei", "0.01ether extra"])
      expect(lineOf(fileText({ policy: { plan_wei_max: wrong } })), String(wrong)).to.contain(
        "expected an amount with its unit",
      );
  });

  it("does not guess what a capability, an act, a relationship or a key means, and says which may be meant", () => {
    for (const [given, meant] of [
      ["Formation", "formation"],
      ["SCALING", "scaling"],
      ["cluster_formation", "formation"],
      ["communication_management", "communication"],
      ["stabilty", "stability"],
    ])
      expect(lineOf(fileText({ capabilities: [given] }))).to.contain(
        `cluster_manager.capabilities.0: "${given}" given, did you mean ${meant}?`,
      );
    expect(lineOf(fileText({ capabilities: ["magic"] }))).to.contain(
      "expected one of formation, communication, scaling, stability",
    );
    expect(lineOf(fileText({ capabilities: ["scaling", "scaling"] }))).to.contain(
      "expected each of them once",
    );
    expect(lineOf(fileText({ capabilities: [] }))).to.contain("expected a list of some of");
    expect(lineOf(fileText({ relationships: { cluster: ["alpha-one"] } }))).to.contain(
      "cluster_manager.relationships.cluster: unknown key, did you mean clusters?",
    );
    expect(lineOf(fileText({ relationships: { clusters: ["alpha-one"], friends: [] } }))).to.contain(
      "unknown key, expected one of clusters, owners, orchestrator, gateways, weights",
    );
    expect(lineOf(fileText({ formationInterval: 5 }))).to.contain("did you mean formation_interval?");
    expect(lineOf(fileText({ policy: { unasked: ["publsh"] } }))).to.contain("did you mean publish?");
    expect(lineOf(fileText({ policy: { planWeiMax: "1 wei" } }))).to.contain("did you mean plan_wei_max?");
    expect(
      problemsOf(fileText({ databases: { cluster: "a", communication: "b", performance: "c" } })),
    ).to.have.length(1);
    expect(lineOf("id: main\n")).to.contain(":1: id: unknown key, expected cluster_manager alone at the top");
    expect(lineOf("")).to.contain("null given, expected the key cluster_manager");
    expect(lineOf("cluster_manager:\n")).to.contain('null given, expected keys such as "id:" below it');
  });

  it("is refused with every mistake, by line and key", () => {
    const text = [
      "cluster_manager:",
      "  id: Main Manager",
      "  name: Main",
      "  capabilities: [formation, flying]",
      "  relationships:",
      "    clusters: [alpha-one, B]",
      "    gateways:",
      "      - { from: alpha-one, to: beta-two, topic: [x] }",
      "  databases: [a, b, 7]",
      "  alert_thresholds:",
      "    cluster_size: [3]",
      "    resource_usage: 80",
      "  alert_sinks:",
      "    - { kind: webhook, name: w, url: 'https://user:pass@example.org', secret_file: s }",
      "    - { kind: pager }",
    ].join("\n");
    expect(problemsOf(text).map((line) => line.replace(`${FILE}:`, ""))).to.deep.equal([
      '2: cluster_manager.id: "Main Manager" given, expected a name of small letters, digits and -, a letter or digit first, at most 32',
      '4: cluster_manager.capabilities.1: "flying" given, expected one of formation, communication, scaling, stability',
      '6: cluster_manager.relationships.clusters.1: "B" given, expected the slug of a cluster, 3 to 31 small letters, digits and -',
      "8: cluster_manager.relationships.gateways.0.topic: unknown key, did you mean topics?",
      "9: cluster_manager.databases.performance: 7 given, expected a name of small letters, digits, _ and -, a letter first, at most 48",
      "11: cluster_manager.alert_thresholds.cluster_size: [3] given, expected a list of two whole numbers, as [3, 10], or a map with min and max",
      "12: cluster_manager.alert_thresholds.resource_usage: 80 given, expected a number from 0 to 1",
      "14: cluster_manager.alert_sinks.0.url: (a hidden value) given, expected an http or https URL without user and #",
      '15: cluster_manager.alert_sinks.1.kind: "pager" given, expected log, webhook or alertmanager',
    ]);
  });

  it("does not contradict itself", () => {
    const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ relationships: { clusters: [] } }, "relationships: it names no cluster"],
      [
        { relationships: { clusters: ["alpha-one"], weights: { "beta-two": 2 } } },
        "weights.beta-two: a weight of a cluster",
      ],
      [
        {
          relationships: {
            clusters: ["alpha-one"],
            gateways: [{ from: "alpha-one", to: "alpha-one", topics: ["t"] }],
          },
        },
        "gateways.0",
      ],
      [{ databases: { clusters: "a", communication: "a", performance: "b" } }, "databases: a, a, b given"],
      [{ alert_thresholds: { cluster_size: [5, 4] } }, "cluster_size: [5, 4] given"],
      [{ alert_thresholds: { cluster_size: [0, 0] } }, "cluster_size: [0, 0] given"],
      [
        { policy: { places_floor: 5, places_max: 4 } },
        "places_floor: 5 given, expected at most policy.places_max, 4",
      ],
      [{ policy: { plan_wei_max: "1 ether" } }, "plan_wei_max"],
      [{ policy: { verify_ms: "10m" } }, "verify_ms: 600000 given"],
      [
        { policy: { unasked: ["publish"], forbidden: ["publish"] } },
        "forbidden: publish is in policy.unasked",
      ],
    ];
    for (const [changes, sentence] of wrong) expect(lineOf(fileText(changes)), sentence).to.contain(sentence);
    expect(MANAGER_RELATIONS.length).to.equal(9);
    expect(
      parse(fileText({ alert_thresholds: { cluster_size: [4, 4] } })).settings.alertThresholds.clusterSize,
    ).to.deep.equal({ min: 4, max: 4 });
  });

  it("may have a section whose keys are all comments", () => {
    const text = `${fileText()}  policy:\n    # restarts_max: 5\n  alert_thresholds:\n`;
    expect(parse(text)).to.deep.equal(parse(fileText()));
    expect(problemsOf(`${fileText({ databases: undefined })}  databases:\n`)).to.have.length(3);
  });

  it("does nothing unasked that it forbids", () => {
    const { policy } = parse(fileText({ policy: { forbidden: ["restart-member"] } })).settings;
    expect(policy.unasked).not.to.include("restart-member");
    expect(policy.unasked).to.include("set-route");
  });

  it("is refused fast whatever it holds: bombs, depth, bytes, keys of prototypes", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[..."bcdefghij"]
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[index]}`).join(",")}]`)
      .join("\n")}`;
    const hostile: Readonly<Record<string, string>> = {
      bomb,
      "bomb inside": `cluster_manager:\n${bomb.replace(/^/gm, "  ")}`,
      "ten megabytes": "x".repeat(10_000_000),
      binary: "\u0000\u0001\u0002".repeat(1_000),
      deep: "[".repeat(MANAGER_FILE_BYTES_MAX),
      "deep maps": "{a: ".repeat(MANAGER_FILE_BYTES_MAX / 4),
      "many keys": `cluster_manager: {${Array.from({ length: 4_600 }, (_, i) => `k${i}`).join(",")}}`,
      "no end": '"'.repeat(MANAGER_FILE_BYTES_MAX),
      proto: "cluster_manager:\n  __proto__: { id: main }\n",
      constructor: "cluster_manager:\n  constructor: { prototype: { id: main } }\n  toString: 1\n",
      "proto inside": "cluster_manager:\n  policy:\n    __proto__: { unasked: [publish] }\n",
      "merge key": "cluster_manager:\n  <<: { id: main }\n",
      "two documents": `${fileText()}---\n${fileText()}`,
      tag: "cluster_manager: !!js/function 'x'\n",
    };
    for (const [name, text] of Object.entries(hostile)) {
      // Time of the processor: how busy the machine is does not matter.
      const before = process.cpuUsage();
      failureOf(() => parse(text), "MANAGER_FILE_INVALID");
      expect(process.cpuUsage(before).user, name).to.be.below(3_000_000);
    }
    expect(({} as Record<string, unknown>).id).to.equal(undefined);
  });

  it("is a whole file or MANAGER_FILE_INVALID, whatever stands under its keys", () => {
    const names = Object.keys(MANAGER_KEYS);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        const [first = "", second] = name.split(".");
        const text =
          second === undefined
            ? fileText({ [first]: value })
            : stringify({
                cluster_manager: { ...JSON.parse(JSON.stringify({ [first]: { [second]: value } })) },
              });
        try {
          parse(text);
        } catch (error) {
          if ((error as { code?: unknown }).code !== "MANAGER_FILE_INVALID") throw error;
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
  });
});
