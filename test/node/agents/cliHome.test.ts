import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
import { codex } from "../../../node/src/agents/cli/codex.ts";
import { gemini } from "../../../node/src/agents/cli/gemini.ts";
import { filesIn, keepsFile, keepsText, readKept } from "../../../node/src/agents/cli/kept.ts";
import { fileIn, placeFiles, takeFiles } from "../../../node/src/agents/cli/place.ts";
import { type CliServiceConfig, serviceSchema } from "../../../node/src/config/service.ts";
import { temporaryFolder } from "./fixtures/world.ts";

/** What is in a program's home is the agent's: it may have put anything there before the daemon looks. */
describe("home of a coding agent that is hostile", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let home: string;
  let count = 0;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());
  beforeEach(() => {
    count += 1;
    home = join(folder.path, `home-${count}`);
    mkdirSync(join(home, ".codex", "sessions"), { recursive: true });
    mkdirSync(join(home, ".gemini", "tmp", "x", "chats"), { recursive: true });
  });

  it("filesIn_linksThatLeadRound_endsAndFollowsNone", async () => {
    const sessions = join(home, ".codex", "sessions");
    for (const name of ["a", "b"]) symlinkSync(".", join(sessions, name));
    symlinkSync("/", join(sessions, "root"));
    writeFileSync(join(sessions, "one.jsonl"), "");
    expect(await filesIn(sessions)).to.deep.equal(["one.jsonl"]);
    expect(await codex.hasSession(home, "one")).to.equal(true);
  });

  it("keepsText_pipeLinkOrVastFile_isNotOpenedOrRead", async () => {
    const chats = join(home, ".gemini", "tmp", "x", "chats");
    // Whoever opens it to read waits for a writer for ever.
    execFileSync("mkfifo", [join(chats, "pipe.json")]);
    symlinkSync("/dev/zero", join(chats, "link.json"));
    writeFileSync(join(chats, "vast.json"), "");
    truncateSync(join(chats, "vast.json"), 2 ** 40);
    expect(await gemini.hasSession(home, "an-id")).to.equal(false);
    writeFileSync(join(chats, "sound.json"), '{"id":"an-id"}');
    expect(await gemini.hasSession(home, "an-id")).to.equal(true);
    expect(await keepsText(chats, /pipe|link|vast/, "")).to.equal(false);
    expect(await readKept(chats, "pipe.json")).to.equal(undefined);
  });

  it("keepsFile_noFolderOrOneOfOthers_isNotThere", async () => {
    expect(await keepsFile(join(home, "nowhere"), "x")).to.equal(false);
    writeFileSync(join(home, "file"), "");
    expect(await keepsFile(join(home, "file"), "x")).to.equal(false);
  });

  it("placeFiles_wayThatIsALinkOutOfTheHome_touchesNothingThere", async () => {
    const outside = join(folder.path, `operator-${count}`);
    mkdirSync(outside);
    const loginFile = join(outside, "auth.json");
    for (const name of ["auth.json", "config.toml"]) writeFileSync(join(outside, name), "the operator's");
    const scratch = {
      folder: join(folder.path, `start-${count}`),
      home: "",
      work: "",
      temporary: "",
    };
    const service = serviceSchema.parse({ kind: "codex", program: "codex", loginFile }) as CliServiceConfig;
    const context = {
      service,
      home,
      workFolder: home,
      toolServers: [],
      resume: undefined,
      newId: "id",
      fileAt: fileIn(scratch),
      attached: [],
    };
    const leadOut = () => {
      rmSync(join(home, ".codex"), { recursive: true });
      symlinkSync(outside, join(home, ".codex"));
    };
    const expectUntouched = () => {
      expect(readdirSync(outside).toSorted()).to.deep.equal(["auth.json", "config.toml"]);
      for (const name of ["auth.json", "config.toml"])
        expect(readFileSync(join(outside, name), "utf8")).to.equal("the operator's");
    };

    leadOut();
    await placeFiles(codex, scratch, context);
    expectUntouched();
    expect(lstatSync(join(home, ".codex")).isDirectory()).to.equal(true);
    expect(readFileSync(join(home, ".codex", "auth.json"), "utf8")).to.equal("the operator's");
    expect(readFileSync(join(home, ".codex", "config.toml"), "utf8")).to.contain("approval_policy");

    leadOut();
    await takeFiles(codex, context);
    expectUntouched();
  });
});
