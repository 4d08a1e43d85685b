import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  BLUEPRINT_BYTES_MAX,
  MISTAKES_SHOWN_MAX,
  SYNTAX_CHARS_MAX,
} from "../../../sdk/src/blueprint/limits.ts";
import type { BlueprintMistake } from "../../../sdk/src/blueprint/mistake.ts";
import { parseBlueprint } from "../../../sdk/src/blueprint/parseBlueprint.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";

const EXAMPLE = readFileSync(new URL("../../../examples/cluster.yaml", import.meta.url), "utf8");

const SMALL = `slug: small
name: Small
windowSeconds: 30
agents:
  - name: echo
    model: 1
tasks:
  - name: repeat
    agent: echo
    prompt: Repeat it.
`;

/** The mistakes of a text, as `line:column path: message`. */
function mistakesOf(text: string): string[] {
  try {
    parseBlueprint(text, "file.yaml");
    return [];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    expect(error.code).to.equal("BLUEPRINT_INVALID");
    const mistakes = error.details.mistakes as readonly BlueprintMistake[];
    const lines = mistakes.map(({ line, column, path, message }) => {
      return `${line}:${column} ${path === "" ? message : `${path}: ${message}`}`;
    });
    expect(error.message).to.equal(lines.map((line) => `file.yaml:${line}`).join("\n"));
    return lines;
  }
}

/** The small blueprint with one part replaced. */
function changed(from: string, to: string): string[] {
  expect(SMALL, "the part to replace is there").to.include(from);
  return mistakesOf(SMALL.replace(from, to));
}

describe("parseBlueprint", () => {
  it("reads the example: names resolved, prices in wei", () => {
    const blueprint = parseBlueprint(EXAMPLE);
    expect(blueprint).to.include({ slug: "document-brief", feeWei: 100_000_000_000_000n, windowSeconds: 30 });
    expect(blueprint.models).to.deep.equal([
      { name: "reader", id: 1n },
      { name: "writer", id: 2n },
      { name: "critic", terms: { priceWei: 300_000_000_000_000n, nodeShareBps: 8_000, open: true } },
    ]);
    expect(blueprint.agents.map(({ name, model, id }) => [name, model, id])).to.deep.equal([
      ["reader", "reader", undefined],
      ["writer", "writer", undefined],
      ["critic", "critic", undefined],
    ]);
    expect(blueprint.tasks.map(({ name, dependsOn }) => [name, dependsOn])).to.deep.equal([
      ["read", []],
      ["write", [0]],
      ["check", [0, 1]],
    ]);
  });
  it("takes what may be left out, models by id and registered agents", () => {
    expect(mistakesOf(SMALL)).to.deep.equal([]);
    const { agents, description, feeWei } = parseBlueprint(SMALL.replace("model: 1", "id: 0"));
    expect(agents[0]).to.include({ id: 0n, model: undefined, role: "" });
    expect({ description, feeWei }).to.deep.equal({ description: "", feeWei: 0n });
  });
  it("keeps its message short for a file that is something else, and has all in the details", () => {
    const page = `# Title\n\n${"- **word**: and more, of: it `all`\n".repeat(40)}\n${"long ".repeat(500)}: here\n`;
    try {
      parseBlueprint(page, "page.md");
      expect.fail("a page is no blueprint");
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const lines = error.message.split("\n");
      const mistakes = error.details.mistakes as readonly BlueprintMistake[];
      expect(mistakes.length).to.be.greaterThan(MISTAKES_SHOWN_MAX);
      expect(lines).to.have.length(MISTAKES_SHOWN_MAX + 1);
      expect(lines.at(-1)).to.equal(`and ${mistakes.length - MISTAKES_SHOWN_MAX} more`);
      for (const { message } of mistakes) expect(message.length).to.be.at.most(SYNTAX_CHARS_MAX + 1);
    }
  });
  it("tells all mistakes at once, each with line, column and key path", () => {
    const text = EXAMPLE.replace("slug: document-brief", "slugg: x\nslug: Document")
      .replace("fee: 0.0001 ether", "fee: 0.0001")
      .replace("windowSeconds: 30", "windowSeconds: 1")
      .replace("id: 2", "{}")
      .replace("goal: Say", "gaol: Say")
      .replace("agent: critic", "agent: critik")
      .replace("[read, write]", "[red, check]");
    expect(mistakesOf(text)).to.deep.equal([
      '5:1 slugg: unknown key "slugg"; did you mean "slug"?',
      "6:7 slug: expected 3 to 31 small letters, digits or hyphens",
      '12:6 fee: expected an amount with its unit, as "0.0002 ether", "5 gwei" or "100 wei", or "0.5 token" in the models\' token',
      "15:16 windowSeconds: must be at least 3",
      "22:5 models.writer: needs an `id`, or `price` and `nodeShareBps` to be registered",
      '36:5 agents[1].gaol: unknown key "gaol"; did you mean "goal"?',
      '57:12 tasks[2].agent: no agent has the name "critik"; did you mean "critic"?',
      '58:17 tasks[2].dependsOn[0]: no task has the name "red"; did you mean "read"?',
      "58:22 tasks[2].dependsOn[1]: depends on itself; a task depends on earlier tasks only",
    ]);
  });
  it("tells what is missing where it should stand", () => {
    expect(changed("    prompt: Repeat it.\n", "")).to.deep.equal(["8:5 tasks[0].prompt: is missing"]);
    expect(changed("slug: small\n", "")).to.deep.equal(["1:1 slug: is missing"]);
    expect(changed("    model: 1\n", "")).to.deep.equal([
      "5:5 agents[0]: needs a `model` to be registered on, or the `id` of a registered agent",
    ]);
  });
  it("tells wrong types in words", () => {
    expect(changed("name: Small", "name: [7]")).to.deep.equal(["2:7 name: expected a text, found a list"]);
    expect(changed("windowSeconds: 30", "windowSeconds: 2.5")[0]).to.include(
      "windowSeconds: expected a whole number",
    );
    expect(changed("model: 1", "model: [1]")).to.deep.equal([
      "6:12 agents[0].model: expected a name or an id, found a list",
    ]);
    expect(changed("model: 1", "model: -1")[0]).to.include("agents[0].model");
    expect(mistakesOf("")).to.deep.equal(["1:1 expected keys and values, found nothing"]);
    expect(mistakesOf("just a text")[0]).to.include('found the text "just a text"');
  });
  it("tells names that are given twice, and depends on no later task", () => {
    const task = "  - { name: repeat, agent: echo, prompt: Again. }\n";
    expect(mistakesOf(SMALL + task)).to.deep.equal([
      '11:13 tasks[1].name: tasks[0] has the same name, "repeat"',
    ]);
    const later = SMALL.replace("    prompt", "    dependsOn: [again]\n    prompt");
    expect(mistakesOf(`${later}${task.replace("repeat", "again")}`)).to.deep.equal([
      '10:17 tasks[0].dependsOn[0]: depends on "again", which comes later; a task depends on earlier tasks only',
    ]);
    const agent = "  - { name: other, id: 4 }\n  - { name: third, id: 4 }\ntasks:";
    expect(changed("tasks:", agent)).to.deep.equal(["8:24 agents[2].id: agents[1] has the same id, 4"]);
  });
  it("counts bytes as the contracts do", () => {
    const long = "é".repeat(40);
    expect(changed("name: Small", `name: ${long}`)).to.deep.equal(["2:7 name: has 80 bytes, the most is 64"]);
    expect(changed("Repeat it.", '""')).to.deep.equal(["10:13 tasks[0].prompt: must not be empty"]);
    expect(changed("Repeat it.", "x".repeat(8_193))[0]).to.include("has 8193 bytes, the most is 8192");
    expect(changed("name: echo", "name: e/cho")[0]).to.include("expected 1 to 32 letters");
  });
  it("refuses more than a version can hold: tasks, bytes", () => {
    const tasks = (count: number, prompt: string) =>
      Array.from({ length: count }, (_, i) => `  - { name: t${i}, agent: echo, prompt: ${prompt} }\n`).join(
        "",
      );
    expect(mistakesOf(SMALL + tasks(32, "x"))).to.deep.equal(["8:3 tasks: must be at most 32 entries"]);
    expect(mistakesOf(SMALL + tasks(7, "x".repeat(8_192)))[0]).to.match(
      /^1:1 a version of it would have 57\d{3} bytes, the most is 57344$/,
    );
  });
  it("refuses a model that is half registered, half to be registered, and an unknown one", () => {
    const models = (entry: string) =>
      SMALL.replace("model: 1", "model: m").replace("tasks:", `models:\n  m: ${entry}\ntasks:`);
    expect(mistakesOf(models("{ id: 1 }"))).to.deep.equal([]);
    expect(mistakesOf(models("{ id: 1, price: 1 wei }"))[0]).to.include(
      "models.m.price: a model that is registered",
    );
    expect(mistakesOf(models("{ price: 1 wei }"))[0]).to.include(
      "models.m: needs an `id`, or `nodeShareBps`",
    );
    expect(changed("model: 1", "model: mine")).to.deep.equal([
      '6:12 agents[0].model: no model has the name "mine"',
    ]);
  });
  it("takes a model in a token, whose price is counted later, in whole or smallest units", () => {
    const models = (entry: string) =>
      parseBlueprint(
        SMALL.replace("model: 1", "model: m").replace("tasks:", `models:\n  m: ${entry}\ntasks:`),
      ).models;
    const token = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const terms = { nodeShareBps: 7_000, open: true };
    expect(
      models(
        `{ price: 0.5 token, currency: "${token.toLowerCase().replace("0X", "0x")}", nodeShareBps: 7000 }`,
      ),
    ).to.deep.equal([{ name: "m", terms: { priceTokens: "0.5", ...terms, currency: token } }]);
    expect(models(`{ price: 7 wei, currency: "${token}", nodeShareBps: 7000 }`)).to.deep.equal([
      { name: "m", terms: { priceWei: 7n, ...terms, currency: token } },
    ]);
    expect(models("{ price: 7 wei, currency: native, nodeShareBps: 7000 }")).to.deep.equal([
      { name: "m", terms: { priceWei: 7n, ...terms } },
    ]);
  });
  it("refuses a price in the unit of another currency, no address, and two currencies in one version, each at its line", () => {
    const token = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const model = (entry: string) =>
      mistakesOf(
        SMALL.replace("model: 1", "model: m").replace("tasks:", `models:\n  m: ${entry}\ntasks:`),
      )[0];
    expect(model("{ price: 0.5 token, nodeShareBps: 1 }")).to.match(
      /^\d+:\d+ models\.m\.price: is in a token: say beside it which/,
    );
    expect(model(`{ price: 5 gwei, currency: "${token}", nodeShareBps: 1 }`)).to.match(
      /models\.m\.price: is in gwei, and/,
    );
    expect(model('{ price: 5 wei, currency: "0x12", nodeShareBps: 1 }')).to.include(
      'models.m.currency: expected "native"',
    );
    expect(model(`{ id: 1, currency: "${token}" }`)).to.include(
      "models.m.currency: a model that is registered",
    );
    const two = [
      ...["slug: small", "name: Small", "windowSeconds: 10", "models:"],
      "  a: { price: 1 wei, nodeShareBps: 1 }",
      `  b: { price: 1 token, currency: "${token}", nodeShareBps: 1 }`,
      ...["agents:", "  - { name: one, model: a }", "  - { name: two, model: b }"],
      ...["tasks:", "  - { name: x, agent: one, prompt: Go. }", "  - { name: y, agent: two, prompt: Go. }"],
    ];
    expect(mistakesOf(two.join("\n"))).to.deep.equal([
      `6:34 models.b.currency: tasks on this model would be paid in ${token.toLowerCase()}, and on "a" in the chain's own currency: a version has one currency`,
    ]);
    // A model that no task is on is in no version.
    expect(mistakesOf(two.slice(0, -1).join("\n"))).to.deep.equal([]);
  });
  it("tells what is not YAML, keys that stand twice, and files without end", () => {
    expect(mistakesOf("a: [1\nb: 2").length).to.be.greaterThan(0);
    expect(mistakesOf(SMALL.replace("name: Small", "name: Small\nname: Big"))[0]).to.include(
      "Map keys must be unique",
    );
    const laughs = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(10)}]\nc: &c [${"*b,".repeat(10)}]\nd: [${"*c,".repeat(10)}]\n`;
    expect(mistakesOf(SMALL + laughs)[0]).to.include("alias");
    expect(mistakesOf("#".repeat(BLUEPRINT_BYTES_MAX + 1))[0]).to.include("the most is");
  });
  it("answers a blueprint or a typed error for every text", () => {
    const words = fc.constantFrom(
      "slug:",
      "agents:",
      "- ",
      "\n",
      "  ",
      "name:",
      "x",
      "[",
      "{",
      "&a",
      "*a",
      "!!map",
      "7",
      ":",
      "'",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), fc.nat(SMALL.length), (parts, at) => {
        mistakesOf(parts.join(""));
        mistakesOf(SMALL.slice(0, at) + parts.join("") + SMALL.slice(at));
      }),
      { seed: 19, numRuns: 256 },
    );
  });
});
