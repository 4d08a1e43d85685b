import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { TERMINALS_MAX } from "../../../../node/src/agents/terminals/limits.ts";
import { createTerminals } from "../../../../node/src/agents/terminals/terminals.ts";
import { testSource, testViewer } from "./support.ts";

const CLUSTER = 3n;
const start = (options: { readonly lastWordsMs?: number } = {}) =>
  createTerminals({ ...options, logger: pino({ level: "silent" }) });

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

describe("terminals of a daemon", () => {
  it("are found by cluster and name", async () => {
    const terminals = start();
    const ada = await terminals.open({ cluster: CLUSTER, name: "ada", source: testSource(), user: "0xaa" });
    const other = await terminals.open({ cluster: 4n, name: "ada", source: testSource() });
    expect(terminals.find(CLUSTER, "ada")).to.equal(ada);
    expect(terminals.find(CLUSTER, "ben")).to.equal(undefined);
    expect(terminals.list(4n)).to.deep.equal([other]);
    expect(ada.size()).to.deep.equal({ columns: 100, rows: 30 });
    await terminals.stop();
    expect(terminals.list(CLUSTER)).to.deep.equal([]);
  });

  it("are one for each agent: the next begins when the one before is over", async () => {
    const terminals = start();
    const source = testSource();
    const first = await terminals.open({ cluster: CLUSTER, name: "ada", source });
    const viewer = testViewer();
    first.attach(viewer, { mayType: false });
    expect(await codeOf(terminals.open({ cluster: CLUSTER, name: "ada", source: testSource() }))).to.equal(
      "TERMINAL_EXISTS",
    );
    source.print("kept until then");
    source.finish();
    await first.ended;
    expect(terminals.find(CLUSTER, "ada")?.text("screen").lines[0]).to.equal("kept until then");
    const second = await terminals.open({ cluster: CLUSTER, name: "ada", source: testSource() });
    expect(terminals.find(CLUSTER, "ada")).to.equal(second);
  });

  it("begin anew while what was printed last is still being shown, and lose none of it", async () => {
    const terminals = start();
    const source = testSource();
    const first = await terminals.open({ cluster: CLUSTER, name: "ada", source });
    const viewer = testViewer();
    first.attach(viewer, { mayType: false });
    source.print("the last words");
    source.finish();
    expect(first.end(), "not shown yet").to.equal(undefined);
    const openings = [1, 2].map(() =>
      terminals.open({ cluster: CLUSTER, name: "ada", source: testSource() }),
    );
    expect(await Promise.all(openings.map(codeOf)), "and once").to.deep.equal([undefined, "TERMINAL_EXISTS"]);
    expect(terminals.find(CLUSTER, "ada")).to.equal(await openings[0]);
    expect(viewer.told.slice(-2)).to.deep.equal([
      { kind: "output", data: "the last words" },
      { kind: "end", why: "finished", exitCode: 0 },
    ]);
  });

  it("do not wait for ever until all of the one before is shown", async () => {
    const terminals = start({ lastWordsMs: 0 });
    const source = testSource();
    const first = await terminals.open({ cluster: CLUSTER, name: "ada", source });
    const viewer = testViewer();
    first.attach(viewer, { mayType: false });
    source.print("x".repeat(500_000));
    source.finish();
    await terminals.open({ cluster: CLUSTER, name: "ada", source: testSource() });
    expect(viewer.told.at(-1)).to.deep.equal({ kind: "end", why: "finished", exitCode: 0 });
    expect(viewer.bytes()).to.be.below(500_000);
  });

  it("tell of each that is opened, gets another size, ends or goes", async () => {
    const terminals = start();
    const told: bigint[] = [];
    const end = terminals.onChange((cluster) => void told.push(cluster));
    const source = testSource();
    const terminal = await terminals.open({ cluster: CLUSTER, name: "ada", source });
    expect(told).to.deep.equal([CLUSTER]);
    const seat = terminal.attach(testViewer(), { mayType: true });
    seat.resize({ columns: 90, rows: 20 });
    seat.resize({ columns: 90, rows: 20 });
    expect(told).to.have.length(2);
    source.finish();
    await terminal.ended;
    await Promise.resolve();
    expect(told).to.have.length(3);
    terminals.close(CLUSTER, "ada");
    expect(told).to.have.length(4);
    end();
    await terminals.open({ cluster: CLUSTER, name: "ben", source: testSource() });
    expect(told).to.have.length(4);
  });

  it("tell their viewers when they are taken away, and hold up nothing that still prints", async () => {
    const terminals = start();
    const source = testSource();
    const terminal = await terminals.open({ cluster: CLUSTER, name: "ada", source });
    const viewer = testViewer();
    terminal.attach(viewer, { mayType: false });
    source.print("x".repeat(500_000));
    expect(source.paused()).to.equal(true);
    terminals.close(CLUSTER, "ada");
    expect(source.paused()).to.equal(false);
    expect(viewer.told.at(-1)).to.deep.equal({ kind: "end", why: "stopped", exitCode: null });
    const count = viewer.told.length;
    source.print("more");
    source.finish();
    await terminal.ended;
    expect(viewer.told).to.have.length(count);
  });

  it("are a bounded number, of which one that is over makes room", async () => {
    const terminals = start();
    const sources = Array.from({ length: TERMINALS_MAX }, () => testSource());
    for (const [index, source] of sources.entries())
      await terminals.open({ cluster: CLUSTER, name: `agent-${index}`, source });
    const more = () => terminals.open({ cluster: CLUSTER, name: "more", source: testSource() });
    expect(await codeOf(more())).to.equal("TERMINALS_TOO_MANY");
    sources[7]?.finish();
    await terminals.find(CLUSTER, "agent-7")?.ended;
    await more();
    expect(terminals.find(CLUSTER, "agent-7")).to.equal(undefined);
    expect(terminals.list(CLUSTER)).to.have.length(TERMINALS_MAX);
    await terminals.stop();
  });
});
