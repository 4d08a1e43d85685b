import { expect } from "chai";
import { describe, it } from "mocha";
import {
  ANSWER_BYTES_PER_SECOND_MAX,
  INPUT_BYTES_MAX,
  INPUT_PIECES_PER_SECOND_MAX,
  PENDING_CHARACTERS_MAX,
  SLICE_CHARACTERS_MAX,
  VIEWER_WAITING_BYTES_MAX,
  VIEWERS_MAX,
} from "../../../../node/src/agents/terminals/limits.ts";
import { createTerminal } from "../../../../node/src/agents/terminals/terminal.ts";
import { testSource, testViewer, until } from "./support.ts";

const SIZE = { columns: 80, rows: 24 };
const E = "\u001b";
const open = (options: { scrollbackLines?: number } = {}) => {
  const source = testSource();
  const terminal = createTerminal({ name: "ada", size: SIZE, source, ...options });
  return { source, terminal };
};
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe("terminal", () => {
  it("shows who joins late the screen, and then what follows, as one who was there from the start sees it", async () => {
    const { source, terminal } = open();
    const early = testViewer();
    terminal.attach(early, { mayType: false });
    for (let line = 0; line < 100; line += 1)
      source.print(`line ${line} ${E}[3${line % 8}m漢字 😀${E}[0m\r\n`);
    source.print(`${E}[2;10r${E}[?25l${E}[5;5Hhere`);
    await until(terminal, () => terminal.text("screen").lines.some((line) => line.includes("here")));
    const late = testViewer();
    terminal.attach(late, { mayType: false });
    source.print(`\r\n\n\n\n\n\n\n\nscrolled within${E}[1;1Htop`);
    source.finish();
    await terminal.ended;
    expect(await late.shown()).to.deep.equal(await early.shown());
    expect(await late.shown()).to.deep.equal(terminal.text("all").lines);
    expect((await late.shown()).length).to.be.greaterThan(100);
    expect(late.told.map(({ kind }) => kind)).to.deep.equal(["screen", "output", "end"]);
    expect(late.told[0]).to.have.property("data").that.contains(`${E}[?25l`);
  });

  it("shows one who joins late the other screen of a program, and the ordinary one after it", async () => {
    const { source, terminal } = open();
    source.print(`before\r\n${E}[?1049h${E}[?1h${E}[?2004h${E}[Hinside`);
    await until(terminal, () => terminal.text("screen").lines[0] === "inside");
    const late = testViewer();
    terminal.attach(late, { mayType: false });
    expect((await late.shown())[0]).to.equal("inside");
    source.print(`${E}[?1049lafter`);
    source.finish();
    await terminal.ended;
    expect((await late.shown()).slice(0, 2)).to.deep.equal(["before", "after"]);
  });

  it("sends no part of a sequence with the screen, and the rest after it", async () => {
    const { source, terminal } = open();
    source.print(`a${E}[3`);
    await until(terminal, () => terminal.text("screen").lines[0] === "a");
    const late = testViewer();
    terminal.attach(late, { mayType: false });
    source.print(`1mb${E}]52;c;`);
    source.print(`aGk=\u0007c`);
    source.finish();
    await terminal.ended;
    expect((await late.shown())[0]).to.equal("abc");
    expect(JSON.stringify(late.told)).not.to.contain("aGk");
  });

  it("keeps a bounded number of lines, also when nobody looks", async () => {
    const { source, terminal } = open({ scrollbackLines: 50 });
    for (let line = 0; line < 500; line += 1) source.print(`line ${line}\r\n`);
    source.finish();
    await terminal.ended;
    const { lines } = terminal.text("all");
    expect(lines).to.have.length(50 + SIZE.rows);
    expect(lines.at(-2)).to.equal("line 499");
  });

  it("answers a program's question once, however many look, and viewers are asked nothing", async () => {
    const { source, terminal } = open();
    const viewers = [testViewer(), testViewer(), testViewer()];
    for (const viewer of viewers) terminal.attach(viewer, { mayType: true });
    source.print(`${E}[c${E}[3;7H${E}[6nx`);
    source.finish();
    await terminal.ended;
    expect(source.answers).to.deep.equal([`${E}[?1;2c`, `${E}[3;7R`]);
    for (const viewer of viewers) expect(JSON.stringify(viewer.told)).not.to.match(/\[6n|\[c/);
  });

  it("gives a program that asks without end a bounded number of answers", async () => {
    const { source, terminal } = open();
    source.print(`${E}[c`.repeat(20_000));
    source.finish();
    await terminal.ended;
    const bytes = source.answers.join("").length;
    expect(bytes).to.be.greaterThan(0);
    // What a second has, and what the time until here brought.
    expect(bytes).to.be.lessThan(20_000 * 7);
    expect(bytes).to.be.lessThan(ANSWER_BYTES_PER_SECOND_MAX * 20);
  });

  it("holds a program up that prints faster than it is shown, and never keeps more than its bound", async () => {
    const { source, terminal } = open();
    const chunk = `${"x".repeat(78)}\r\n`.repeat(800);
    let printed = 0;
    let most = 0;
    let isHeld = false;
    while (printed < 8_000_000) {
      let burst = 0;
      while (!source.paused() && printed < 8_000_000) {
        source.print(chunk);
        printed += chunk.length;
        burst += chunk.length;
      }
      most = Math.max(most, burst);
      isHeld ||= source.paused();
      await terminal.changed();
    }
    source.finish();
    await terminal.ended;
    expect(isHeld).to.equal(true);
    expect(most).to.be.at.most(PENDING_CHARACTERS_MAX + chunk.length + SLICE_CHARACTERS_MAX);
  });

  it("keeps a bounded amount for a viewer that takes nothing, and then shows it the end", async () => {
    const { source, terminal } = open();
    const slow = testViewer();
    const release = slow.hold();
    terminal.attach(slow, { mayType: false });
    const total = 8_000_000;
    const line = `${"y".repeat(78)}\r\n`;
    for (let printed = 0; printed < total; printed += line.length * 500) {
      source.print(line.repeat(500));
      if (source.paused()) await terminal.changed();
    }
    source.print("the very end");
    source.finish();
    await terminal.ended;
    expect(slow.bytes()).to.be.at.most(VIEWER_WAITING_BYTES_MAX + 1_000);
    expect(slow.told.at(-1)?.kind).to.equal("output");
    release();
    while (slow.told.at(-1)?.kind !== "end") await new Promise((resolve) => setImmediate(resolve));
    expect(slow.told.slice(-2).map(({ kind }) => kind)).to.deep.equal(["screen", "end"]);
    expect((await slow.shown()).at(-1)).to.equal("the very end");
    expect(await slow.shown()).to.deep.equal(terminal.text("all").lines);
  });

  it("tells a viewer that paused nothing until it resumes, then the screen and how much was left out", async () => {
    const { source, terminal } = open();
    const viewer = testViewer();
    const seat = terminal.attach(viewer, { mayType: false });
    source.print("before");
    await until(terminal, () => terminal.text("screen").lines[0] === "before");
    seat.pause();
    const between = "\r\nin between";
    source.print(between);
    await until(terminal, () => terminal.text("screen").lines[1] === "in between");
    expect(viewer.told.map(({ kind }) => kind)).to.deep.equal(["screen", "output"]);
    seat.resume();
    while (viewer.told.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(viewer.told[0]).to.include({ leftOut: 0 });
    expect(viewer.told[2]).to.include({ kind: "screen", leftOut: between.length });
    expect(await viewer.shown()).to.deep.equal(terminal.text("all").lines);
    seat.pause();
    source.print("\r\nthe end");
    source.finish();
    await terminal.ended;
    await new Promise((resolve) => setImmediate(resolve));
    // The end it is told all the same, with the last screen.
    expect(viewer.told.slice(3).map(({ kind }) => kind)).to.deep.equal(["screen", "end"]);
    expect(await viewer.shown()).to.deep.equal(terminal.text("all").lines);
  });

  it("lets a viewer that is gone go", async () => {
    const { source, terminal } = open();
    let calls = 0;
    terminal.attach(
      {
        async send() {
          calls += 1;
          throw new Error("gone");
        },
      },
      { mayType: false },
    );
    await Promise.resolve();
    source.print("one");
    source.finish();
    await terminal.ended;
    expect(calls).to.equal(1);
  });

  it("takes input from those who may type, and from nobody else", () => {
    const { source, terminal } = open();
    const looks = terminal.attach(testViewer(), { mayType: false });
    const types = terminal.attach(testViewer(), { mayType: true });
    expect(codeOf(() => looks.type("x"))).to.equal("TERMINAL_VIEW_ONLY");
    expect(codeOf(() => looks.resize({ columns: 90, rows: 30 }))).to.equal("TERMINAL_VIEW_ONLY");
    types.type("ls\r");
    expect(source.typed).to.deep.equal(["ls\r"]);
  });

  it("bounds input in size and number", () => {
    const { source, terminal } = open();
    const seat = terminal.attach(testViewer(), { mayType: true });
    expect(codeOf(() => seat.type("x".repeat(INPUT_BYTES_MAX + 1)))).to.equal("TERMINAL_INPUT_TOO_LARGE");
    let taken = 0;
    const codes = new Set<string | undefined>();
    for (let piece = 0; piece < 10_000; piece += 1) {
      const code = codeOf(() => seat.type("k"));
      codes.add(code);
      if (code === undefined) taken += 1;
    }
    expect([...codes]).to.have.members([undefined, "TERMINAL_INPUT_TOO_FAST"]);
    expect(taken).to.be.at.least(INPUT_PIECES_PER_SECOND_MAX);
    expect(source.typed).to.have.length(taken);
    expect(taken).to.be.lessThan(10_000);
  });

  it("has the size that the last person said who may type, and tells all viewers the new screen", async () => {
    const { source, terminal } = open();
    const looking = testViewer();
    terminal.attach(looking, { mayType: false });
    const first = terminal.attach(testViewer(), { mayType: true });
    const second = terminal.attach(testViewer(), { mayType: true });
    first.resize({ columns: 120, rows: 40 });
    second.resize({ columns: 60, rows: 20 });
    expect(source.sizes).to.deep.equal([SIZE, { columns: 120, rows: 40 }, { columns: 60, rows: 20 }]);
    source.print("after");
    source.finish();
    await terminal.ended;
    while (looking.told.at(-1)?.kind !== "end") await new Promise((resolve) => setImmediate(resolve));
    expect(looking.told.findLast(({ kind }) => kind === "screen")).to.include({ columns: 60, rows: 20 });
    expect((await looking.shown())[0]).to.equal("after");
    for (const size of [
      { columns: 0, rows: 24 },
      { columns: 80, rows: 10_000 },
      { columns: 80.5, rows: 24 },
      { columns: Number.NaN, rows: 24 },
    ]) {
      expect(codeOf(() => open().terminal.attach(testViewer(), { mayType: true }).resize(size))).to.equal(
        "TERMINAL_SIZE_INVALID",
      );
    }
  });

  it("has a bounded number of viewers", () => {
    const { terminal } = open();
    const seats = Array.from({ length: VIEWERS_MAX }, () =>
      terminal.attach(testViewer(), { mayType: false }),
    );
    expect(codeOf(() => terminal.attach(testViewer(), { mayType: false }))).to.equal(
      "TERMINAL_VIEWERS_TOO_MANY",
    );
    seats[0]?.leave();
    terminal.attach(testViewer(), { mayType: false });
  });

  it("may still be read when it is over, and typed into no more", async () => {
    const { source, terminal } = open();
    source.print("last words");
    source.finish({ why: "failed", exitCode: 3 });
    await terminal.ended;
    const late = testViewer();
    const seat = terminal.attach(late, { mayType: true });
    expect(codeOf(() => seat.type("x"))).to.equal("TERMINAL_ENDED");
    expect((await late.shown())[0]).to.equal("last words");
    while (late.told.at(-1)?.kind !== "end") await new Promise((resolve) => setImmediate(resolve));
    expect(late.told.at(-1)).to.deep.equal({ kind: "end", why: "failed", exitCode: 3 });
  });

  it("goes on with other work while a program does nothing but scroll", async () => {
    const { source, terminal } = open();
    source.print(`${E}[200S${E}[200T${E}[2J`.repeat(2_000));
    let turns = 0;
    let isOver = false;
    source.finish();
    const ended = terminal.ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    expect(turns).to.be.greaterThan(20);
  });
});
