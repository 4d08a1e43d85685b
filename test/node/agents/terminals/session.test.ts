import { expect } from "chai";
import { describe, it } from "mocha";
import { HELD_CHARACTERS_MAX, LINE_CHARACTERS_MAX } from "../../../../node/src/agents/terminals/limits.ts";
import { createLineEditor } from "../../../../node/src/agents/terminals/lineEditor.ts";
import { sessionSource } from "../../../../node/src/agents/terminals/sessionSource.ts";
import { createTerminal } from "../../../../node/src/agents/terminals/terminal.ts";
import { testViewer, until } from "./support.ts";

const E = "\u001b";

function open(onLine: (line: string) => Promise<void> = async () => {}) {
  const lines: string[] = [];
  const source = sessionSource({
    async onLine(line) {
      lines.push(line);
      await onLine(line);
    },
  });
  const terminal = createTerminal({ name: "ada", size: { columns: 40, rows: 10 }, source });
  const seat = terminal.attach(testViewer(), { mayType: true });
  const screen = () => terminal.text("all").lines.join("\n").trimEnd();
  const shows = (text: string) => until(terminal, () => screen().includes(text));
  const over = async () => {
    source.finish({ why: "finished", error: undefined });
    await terminal.ended;
    return screen();
  };
  return { source, terminal, seat, lines, screen, shows, over };
}

describe("a session as a terminal", () => {
  it("shows what the agent says and does", async () => {
    const { source, over } = open();
    source.onEvent({ kind: "thought", text: "hm" });
    source.onEvent({ kind: "text", text: "I read\nthe " });
    source.onEvent({ kind: "text", text: "file" });
    source.onEvent({ kind: "tool", id: "1", name: "read", state: "begun", summary: "a.txt" });
    source.onEvent({ kind: "tool", id: "1", name: "read", state: "failed", summary: "not\nthere" });
    source.onEvent({ kind: "notice", text: "it waits" });
    expect(await over()).to.equal(
      "hm\nI read\nthe file\n▸ read a.txt\n✗ read not there\n· it waits\nsession finished",
    );
  });

  it("takes an agent's words as words", async () => {
    const { source, over } = open();
    source.onEvent({ kind: "text", text: `a${E}]52;c;aGk=\u0007${E}[2Jb\u009b31mc\r` });
    source.onEvent({ kind: "tool", id: "1", name: `${E}[1mt`, state: "done", summary: `${E}c${E}[5;5Hs` });
    expect(await over()).to.match(/^abc\n✓ t s\n/);
  });

  it("hands a typed line on with Enter, and nothing before it", async () => {
    const { seat, lines, shows, over } = open();
    seat.type("hel");
    await shows("> hel");
    seat.type("lo\u007f\u007flo you");
    expect(lines).to.deep.equal([]);
    seat.type("\r");
    expect(lines).to.deep.equal(["hello you"]);
    seat.type("\r  \r");
    expect(lines).to.have.length(1);
    expect(await over()).to.match(/^you: hello you\n/);
  });

  it("keeps what is typed below what the agent says meanwhile", async () => {
    const { source, seat, shows, over, screen } = open();
    source.onEvent({ kind: "text", text: "one\ntwo " });
    seat.type("draft");
    source.onEvent({ kind: "text", text: "is\nthree " });
    await shows("> draft");
    source.onEvent({ kind: "tool", id: "1", name: "run", state: "begun", summary: "x" });
    await shows("run");
    expect(screen()).to.equal("one\ntwo\nis\nthree\n▸ run x\n> draft");
    source.onEvent({ kind: "text", text: "rest" });
    seat.type("\u0015");
    expect(await over()).to.equal("one\ntwo\nis\nthree\n▸ run x\nrest\nsession finished");
  });

  it("shows a person what became of a line that could not be sent", async () => {
    const { seat, shows } = open(async () => {
      throw Object.assign(new Error("the inbox is full"), { code: "INBOX_FULL" });
    });
    seat.type("hello\r");
    await shows("not sent: the inbox is full (INBOX_FULL)");
  });

  it("takes what is pasted as one line to send, its line ends too", () => {
    const { seat, lines } = open();
    seat.type(`${E}[200~one\r\ntwo\rthree${E}[201~`);
    expect(lines).to.deep.equal([]);
    seat.type("\r");
    expect(lines).to.deep.equal(["one\ntwo\nthree"]);
  });

  it("shows the end of a line that is longer than the terminal is wide", async () => {
    const { seat, shows, screen } = open();
    seat.type(`${"x".repeat(100)}end`);
    await shows("end");
    expect(screen()).to.match(/^> …x+end$/);
    expect(screen().length).to.be.at.most(40);
  });

  it("holds back a bounded part of an unfinished line while a person types", async () => {
    const { source, terminal, seat } = open();
    seat.type("draft");
    const viewer = testViewer();
    terminal.attach(viewer, { mayType: false });
    source.onEvent({ kind: "text", text: "y".repeat(HELD_CHARACTERS_MAX + 1) });
    await until(terminal, () => viewer.bytes() > HELD_CHARACTERS_MAX);
  });

  it("says why the session is over, and takes no more", async () => {
    const { source, terminal, seat, screen } = open();
    source.finish({ why: "lost", error: undefined });
    expect(await terminal.ended).to.deep.equal({ why: "lost", exitCode: null });
    expect(screen()).to.equal("session lost");
    expect(() => seat.type("x"))
      .to.throw()
      .with.property("code", "TERMINAL_ENDED");
    source.onEvent({ kind: "text", text: "late" });
    expect(screen()).to.equal("session lost");
  });
});

describe("line editor", () => {
  it("knows the keys that edit, and leaves out those that do not", () => {
    const editor = createLineEditor();
    editor.type(`one two${E}[A${E}[1;5C${E}OP${E}b\u0017x😀y\u007f\u007f`);
    expect(editor.draft()).to.equal("one x");
    editor.type("\u0003");
    expect(editor.draft()).to.equal("");
  });

  it("keeps a bounded line", () => {
    const editor = createLineEditor();
    editor.type("x".repeat(LINE_CHARACTERS_MAX + 100));
    expect(editor.draft()).to.have.length(LINE_CHARACTERS_MAX);
  });
});
