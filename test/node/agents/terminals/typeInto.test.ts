import { expect } from "chai";
import { describe, it } from "mocha";
import { createTerminal } from "../../../../node/src/agents/terminals/terminal.ts";
import { typeInto } from "../../../../node/src/agents/terminals/typeInto.ts";
import { testSource } from "./support.ts";

const E = "\u001b";

/** A program that shows what is typed as `echo` says, once for each piece. */
function program(echo: (text: string) => string | undefined) {
  const source = testSource();
  const { type } = source;
  source.type = (text) => {
    type(text);
    const shown = text === "\r" ? undefined : echo(text);
    if (shown !== undefined) source.print(shown);
  };
  return { source, terminal: createTerminal({ name: "ada", size: { columns: 40, rows: 10 }, source }) };
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
const noDialog = { isInDialog: () => false };

describe("typing into a program", () => {
  it("sends Enter by itself, once the text shows", async () => {
    const { source, terminal } = program((text) => text);
    await typeInto(terminal, "do this", noDialog);
    expect(source.typed).to.deep.equal(["do this", "\r"]);
  });

  it("finds a long text that the program breaks and frames as it likes", async () => {
    const { source, terminal } = program((text) => text.replace(/(.{30})/g, "│ $1 │\r\n"));
    await typeInto(terminal, "many words ".repeat(30), noDialog);
    expect(source.typed.at(-1)).to.equal("\r");
  });

  it("says what is pasted where the program wants to know, and knows what stands for it", async () => {
    const { source, terminal } = program(() => "[Pasted text #1 +1 lines]");
    source.print(`${E}[?2004h`);
    await terminal.changed();
    await typeInto(terminal, "one\ntwo", noDialog);
    expect(source.typed).to.deep.equal([`${E}[200~one\ntwo${E}[201~`, "\r"]);
  });

  it("sends no Enter where the text does not show, also where it stood there before", async () => {
    const { source, terminal } = program(() => undefined);
    source.print("do this");
    await terminal.changed();
    expect(await codeOf(typeInto(terminal, "do this", { ...noDialog, showsMs: 20 }))).to.equal(
      "TERMINAL_TYPING_UNSEEN",
    );
    expect(source.typed).to.deep.equal(["do this"]);
  });

  it("types nothing into a dialog, and no Enter into one that came in between", async () => {
    const { source, terminal } = program((text) => text);
    expect(await codeOf(typeInto(terminal, "yes", { isInDialog: () => true }))).to.equal(
      "TERMINAL_IN_DIALOG",
    );
    expect(source.typed).to.deep.equal([]);
    let asked = 0;
    const isInDialog = () => {
      asked += 1;
      return asked > 1;
    };
    expect(await codeOf(typeInto(terminal, "yes", { isInDialog }))).to.equal("TERMINAL_IN_DIALOG");
    expect(source.typed).to.deep.equal(["yes"]);
  });

  it("refuses what are keys, or several answers", async () => {
    const { source, terminal } = program((text) => text);
    for (const text of ["", "  ", `a${E}[201~\rb`, "a\u0003b", "one\ntwo"])
      expect(await codeOf(typeInto(terminal, text, noDialog))).to.equal("TERMINAL_TYPING_REFUSED");
    expect(await codeOf(typeInto(terminal, "x".repeat(20_000), noDialog))).to.equal(
      "TERMINAL_INPUT_TOO_LARGE",
    );
    expect(source.typed).to.deep.equal([]);
  });
});
