import { expect } from "chai";
import { describe, it } from "mocha";
import { createScreen } from "../../../node/src/agents/terminals/screen.ts";
import { LEAVE_KEY, PIECE_CHARACTERS_MAX, readKeys } from "../../../node/src/cli/attach/keys.ts";
import { createPainter, GIVE_BACK } from "../../../node/src/cli/attach/painter.ts";

const E = "\u001b";
const ROOM = { columns: 20, rows: 6 };

/** A person's terminal, with what a painter draws onto it. */
function person(hasKeys = true) {
  const own = createScreen({ size: ROOM, scrollbackLines: 100 });
  const painter = createPainter({ hasKeys });
  const agent = (columns = 20, rows = 5) => createScreen({ size: { columns, rows }, scrollbackLines: 0 });
  return { own, painter, agent };
}

describe("an agent's terminal on a person's", () => {
  it("shows the same, with a line about it below", async () => {
    const { own, painter, agent } = person();
    const screen = agent();
    await own.write(`mine${painter.begin()}`);
    await screen.write(`${E}[31mred${E}[m words\r\n${"x".repeat(20)}\r\n漢字 😀${E}[5;20H!${E}[2;3H`);
    await own.write(painter.frame(screen, ROOM, " ada · Ctrl-] leaves"));
    expect(own.lines("screen")).to.deep.equal([...screen.lines("screen"), " ada · Ctrl-] leaves"]);
    expect(own.painted({ left: 0, top: 0, columns: 20, rows: 5 })).to.deep.equal(
      screen.painted({ left: 0, top: 0, columns: 20, rows: 5 }),
    );
    expect(own.cursor()).to.deep.equal({ column: 2, row: 1 });
  });

  it("draws again what changed, and nothing else", async () => {
    const { own, painter, agent } = person();
    const screen = agent();
    await screen.write("one\r\ntwo\r\nthree");
    await own.write(painter.begin() + painter.frame(screen, ROOM, " ada"));
    await screen.write(`${E}[2;1HTWO`);
    const frame = painter.frame(screen, ROOM, " ada");
    expect(frame)
      .to.contain("TWO")
      .and.not.to.match(/one|three|ada/);
    await own.write(frame);
    expect(own.lines("screen").slice(0, 3)).to.deep.equal(["one", "TWO", "three"]);
  });

  it("shows the part with the cursor of one that is larger", async () => {
    const { own, painter, agent } = person();
    const screen = agent(40, 12);
    await screen.write(`${E}[12;1H${"a".repeat(30)}end${E}[12;34H`);
    await own.write(painter.begin() + painter.frame(screen, ROOM, " ada"));
    expect(own.lines("screen")[4]).to.match(/aend$/);
    // From behind the last column no other is pushed out.
    const { own: mine, painter: other, agent: same } = person();
    const full = same();
    await full.write(`first\r\n${"0123456789".repeat(2)}`);
    await mine.write(other.begin() + other.frame(full, ROOM, " ada"));
    expect(mine.lines("screen").slice(0, 2)).to.deep.equal(["first", "0123456789".repeat(2)]);
  });

  it("shows one who only looks the left of it", async () => {
    const { own, painter, agent } = person(false);
    const screen = agent(40, 5);
    await screen.write(`first${E}[1;39H`);
    await own.write(painter.begin() + painter.frame(screen, ROOM, " ada"));
    expect(own.lines("screen")[0]).to.equal("first");
  });

  it("has keys and mouse sent as the program wants them, where they are sent at all", async () => {
    for (const hasKeys of [true, false]) {
      const { own, painter, agent } = person(hasKeys);
      const screen = agent();
      await screen.write(`${E}[?1h${E}[?2004h${E}[?1002h${E}[?1006h${E}[?25l`);
      await own.write(painter.begin() + painter.frame(screen, ROOM, " ada"));
      expect(own.modes()).to.deep.equal({
        cursorKeys: hasKeys,
        marksPaste: hasKeys,
        mouse: hasKeys ? "drag" : "none",
        mouseInText: hasKeys,
        focus: false,
        cursorHidden: true,
      });
    }
  });

  it("is gone without a trace, whatever the program had set", async () => {
    const { own, painter, agent } = person();
    const screen = agent();
    await own.write("mine\r\n$ ");
    const before = { lines: own.lines("all"), cursor: own.cursor(), modes: own.modes() };
    await screen.write(`x${E}[?1h${E}[?2004h${E}[?1003h${E}[?1006h${E}[?1004h${E}[?25l${E}[31;7m`);
    await own.write(painter.begin() + painter.frame(screen, ROOM, " ada") + GIVE_BACK + GIVE_BACK);
    expect({ lines: own.lines("all"), cursor: own.cursor(), modes: own.modes() }).to.deep.equal(before);
    await own.write(`${"y".repeat(20)}z`);
    expect(own.lines("screen")[2]).to.equal("yyz");
  });
});

describe("keys to an agent's terminal", () => {
  it("go on up to the one that leaves", () => {
    expect(readKeys("abc")).to.deep.equal({ pieces: ["abc"], leaves: false });
    expect(readKeys(`abc${LEAVE_KEY}def`)).to.deep.equal({ pieces: ["abc"], leaves: true });
    expect(readKeys(LEAVE_KEY)).to.deep.equal({ pieces: [], leaves: true });
  });

  it("go in pieces that a terminal takes, no character cut in two", () => {
    const text = `x${"😀".repeat(5_000)}`;
    const { pieces } = readKeys(text);
    expect(pieces.join("")).to.equal(text);
    expect(pieces.length).to.be.greaterThan(2);
    for (const piece of pieces) {
      expect(piece.length).to.be.at.most(PIECE_CHARACTERS_MAX);
      expect(piece.isWellFormed()).to.equal(true);
    }
  });
});
