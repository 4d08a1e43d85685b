import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import { createScreen } from "../../../../node/src/agents/terminals/screen.ts";
import { createTerminals } from "../../../../node/src/agents/terminals/terminals.ts";
import { testSource, testViewer } from "./support.ts";

describe("recording of a terminal", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-casts-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function open(recording: { bytesMax?: number; filesMax?: number; withInput?: boolean } = {}) {
    const source = testSource();
    const terminals = createTerminals({ logger: pino({ level: "silent" }) });
    const casts = join(folder, "casts");
    const terminal = await terminals.open({
      cluster: 3n,
      name: "ada",
      source,
      recording: { folder: casts, ...recording },
    });
    const files = () => readdirSync(casts).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
    const read = (name: string): unknown[][] =>
      readFileSync(join(casts, name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    return { source, terminals, terminal, casts, files, read };
  }

  /** What a player shows at the end of a file. */
  async function played(events: unknown[][]): Promise<readonly string[]> {
    const { width, height } = events[0] as unknown as { width: number; height: number };
    const screen = createScreen({ size: { columns: width, rows: height }, scrollbackLines: 2_000 });
    for (const [, kind, data] of events.slice(1)) {
      const [columns = 0, rows = 0] = String(data).split("x").map(Number);
      if (kind === "r") screen.resize({ columns, rows });
      if (kind === "o") await screen.write(String(data));
    }
    return screen.lines("all");
  }

  it("is asciicast version 2, and shows what the terminal showed", async () => {
    const { source, terminals, terminal, casts, files, read } = await open();
    source.print("hello\r\n\u001b]52;c;aGk=\u0007");
    await terminal.changed();
    terminal.attach(testViewer(), { mayType: true }).resize({ columns: 60, rows: 12 });
    source.print("there");
    source.finish();
    await terminal.ended;
    const { lines } = terminal.text("all");
    await terminals.stop();
    const [name = ""] = files();
    expect(name).to.match(/^ada-.*\.1\.cast$/);
    expect(statSync(join(casts, name)).mode & 0o777).to.equal(0o600);
    expect(statSync(casts).mode & 0o777).to.equal(0o700);
    const events = read(name);
    expect(events[0]).to.include({ version: 2, width: 100, height: 30 });
    expect(events[0]).to.have.property("timestamp").that.is.a("number");
    for (const [at, kind, data] of events.slice(1)) {
      expect(at).to.be.a("number");
      expect(kind).to.be.oneOf(["o", "r"]);
      expect(data).to.be.a("string");
    }
    expect(events.slice(1).some(([, kind, data]) => kind === "r" && data === "60x12")).to.equal(true);
    expect(await played(events)).to.deep.equal(lines);
    expect(readFileSync(join(casts, name), "utf8")).not.to.contain("aGk");
  });

  it("holds what is typed only where that is configured", async () => {
    for (const withInput of [false, true]) {
      const { source, terminals, terminal, files, read } = await open({ withInput });
      terminal.attach(testViewer(), { mayType: true }).type("a password\r");
      source.finish();
      await terminal.ended;
      await terminals.stop();
      const typed = read(files().at(-1) ?? "")
        .slice(1)
        .filter(([, kind]) => kind === "i");
      expect(typed.map(([, , data]) => data)).to.deep.equal(withInput ? ["a password\r"] : []);
      rmSync(join(folder, "casts"), { recursive: true });
    }
  });

  it("goes on in further files, each of which plays by itself, and keeps a bounded number", async () => {
    const bytesMax = 300_000;
    const { source, terminals, terminal, casts, files, read } = await open({ bytesMax, filesMax: 3 });
    const newest = () => Number(/\.(\d+)\.cast$/.exec(files().at(-1) ?? "")?.[1]);
    while (newest() < 5) {
      source.print(`${"z".repeat(78)}\r\n`.repeat(400));
      await terminal.changed();
    }
    source.print("the very end");
    source.finish();
    await terminal.ended;
    const { lines } = terminal.text("all");
    await terminals.stop();
    expect(files()).to.have.length(3);
    for (const name of files()) {
      expect(statSync(join(casts, name)).size).to.be.at.most(bytesMax);
      expect(read(name)[0]).to.include({ version: 2 });
      expect(String(read(name)[1]?.[2])).to.satisfy((text: string) => text.startsWith("\u001bc"));
    }
    expect(await played(read(files().at(-1) ?? ""))).to.deep.equal(lines);
  });

  it("is refused where nothing can be written, and the terminal with it", async () => {
    writeFileSync(join(folder, "casts"), "in the way");
    const source = testSource();
    const terminals = createTerminals({ logger: pino({ level: "silent" }) });
    try {
      await terminals.open({
        cluster: 3n,
        name: "ada",
        source,
        recording: { folder: join(folder, "casts") },
      });
      expect.fail("it was opened");
    } catch (error) {
      expect((error as { code?: string }).code).to.equal("TERMINAL_RECORDING_FAILED");
    }
    expect(terminals.list(3n)).to.deep.equal([]);
  });
});
