import { chmodSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type FastifyInstance, fastify } from "fastify";
import { describe, it } from "mocha";
import type { FolderNews, FolderOptions } from "../../../../node/src/agents/folders/types.ts";
import { daemonFolders, mergeText } from "../../../../node/src/cli/folderAccess.ts";
import { folderRoutes } from "../../../../node/src/local/team/folderRoutes.ts";
import {
  checkpointsSchema,
  DIFF_LISTED_MAX,
  diffFileSchema,
  diffFilesSchema,
  diffSchema,
  doneSchema,
  foldersSchema,
  mergeSchema,
  previewSchema,
  rollbackSchema,
} from "../../../../node/src/local/team/folderSchemas.ts";
import { OPERATOR_SPEAKER } from "../../../../node/src/workspace/face/speaker.ts";
import { mostHeldBytes } from "../../../fixtures/heldBytes.ts";
import { runAfterTest } from "../../../fixtures/hooks.ts";
import { until } from "../../../fixtures/until.ts";
import { makeWorld, writeAt } from "../../agents/folders/world.ts";

describe("answers of project folders", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  async function setUp(options: Partial<FolderOptions> = {}) {
    const world = makeWorld();
    world.git("branch", "target");
    const folders = await world.folders(options);
    const { path } = await folders.create({ agent: "ada", project: world.project, owner: "7" });
    const app = fastify();
    // A name of the operator's for it, which need not be the one that the disk knows.
    const link = join(world.root, "link");
    symlinkSync(world.project, link);
    folderRoutes(
      { projects: new Map([["app", link]]), gate: options.gate?.argv },
      {
        folders: () => folders,
        authenticate: async () => ({
          id: OPERATOR_SPEAKER,
          credential: { kind: "node" },
          role: "operate",
          expiresAtMs: undefined,
          isCurrent: async () => true,
        }),
      },
    ).add(app);
    runAfterTest(() => app.close());
    return { world, folders, path, app };
  }

  /** An answer that is what the document says it is, and says nothing that the document does not. */
  async function ask<Answer>(
    app: FastifyInstance,
    schema: { parse(answer: unknown): Answer },
    url: string,
    body?: object,
  ): Promise<Answer> {
    const method = body === undefined ? "GET" : "POST";
    const response = await app.inject({ method, url, ...(body === undefined ? {} : { payload: body }) });
    const answer = response.json() as unknown;
    expect(response.statusCode, JSON.stringify(answer)).to.equal(200);
    const parsed = schema.parse(answer);
    expect(parsed, url).to.deep.equal(answer);
    return parsed;
  }

  it("are what the document says, each of them", async () => {
    const { world, folders, path, app } = await setUp();
    writeAt(join(path, "README"), "one\nTWO\nthree\n");
    renameSync(join(path, "src/util.js"), join(path, "src/renamed.js"));
    writeFileSync(join(path, "picture"), Buffer.from([0, 1, 2, 255]));
    chmodSync(join(path, "src/main.js"), 0o755);
    await folders.checkpoint("ada", "a note");
    const [row] = (await ask(app, foldersSchema, "/folders")).folders;
    expect(row).to.include({ agent: "ada", projectName: "app", cluster: "7", branch: "pleiad/ada" });
    const list = await ask(app, diffFilesSchema, "/folders/ada/diff/files");
    expect(list.files.map(({ path: name }) => name)).to.deep.equal([
      "README",
      "picture",
      "src/main.js",
      "src/renamed.js",
    ]);
    expect(Date.now() - (list.changedAtMs ?? 0)).to.be.within(-2_000, 60_000);
    await ask(app, diffSchema, "/folders/ada/diff?kind=sinceCheckpoint&checkpoint=1");
    const file = await ask(app, diffFileSchema, "/folders/ada/diff/file?path=README");
    expect(file.text).to.include("-two\n+TWO\n");
    const renamed = await ask(app, diffFileSchema, "/folders/ada/diff/file?path=src/renamed.js");
    expect([renamed.file.pathBefore, renamed.text]).to.deep.equal([
      "src/util.js",
      "diff --git a/src/util.js b/src/renamed.js\nsimilarity index 100%\nrename from src/util.js\nrename to src/renamed.js\n",
    ]);
    await ask(app, checkpointsSchema, "/folders/ada/checkpoints");
    await ask(app, previewSchema, "/folders/ada/preview?target=target");
    const merge = await ask(app, mergeSchema, "/folders/ada/merge", {
      target: "target",
      message: "So be it",
    });
    expect(merge).to.include({ outcome: "merged", askedBy: "the operator" });
    await ask(app, mergeSchema, `/folders/merges/${merge.id}`);
    await ask(app, rollbackSchema, "/folders/ada/rollback", { checkpoint: 1 });
    expect(world.git("log", "-1", "--format=%s", "target")).to.equal("So be it");
    const gone = await app.inject({ method: "DELETE", url: "/folders/ada" });
    expect(doneSchema.parse(gone.json())).to.deep.equal({ done: true });
    const codes = [];
    for (const url of ["/folders/ada/diff/files", "/folders/merges/99", "/folders/ada/diff/file?path="])
      codes.push((await app.inject({ url })).json().code);
    expect(codes).to.deep.equal(["FOLDER_UNKNOWN", "MERGE_UNKNOWN", "FOLDER_REQUEST_INVALID"]);
  });

  it("count a diff of 100 MB and tell none of its text; smaller files beside it are told", async () => {
    const { path, app } = await setUp();
    const line = `${"x".repeat(99)}\n`;
    writeAt(join(path, "huge.txt"), line.repeat(1_000_000));
    writeAt(join(path, "small.txt"), "small\n");
    const list = await ask(app, diffFilesSchema, "/folders/ada/diff/files");
    expect(list).to.include({ fileCount: 2, added: 1_000_001 });
    const { result: huge, heldBytes } = await mostHeldBytes(() =>
      ask(app, diffFileSchema, "/folders/ada/diff/file?path=huge.txt"),
    );
    expect(heldBytes).to.be.lessThan(20_000_000);
    expect(huge.text).to.equal(undefined);
    expect(huge.why).to.equal("tooLarge");
    // A sign more for each line.
    expect(huge.textBytes).to.be.within(101_000_000, 101_001_000);
    const small = await ask(app, diffFileSchema, "/folders/ada/diff/file?path=small.txt");
    expect(small.text).to.include("+small\n");
  });

  it("are understood by the command line, also where something is left out of a diff", async () => {
    const { path, app } = await setUp();
    writeAt(join(path, "README"), "changed\n");
    writeAt(join(path, ".pleiad/key"), "secret\n");
    const apiUrl = await app.listen({ host: "127.0.0.1", port: 0 });
    const cli = daemonFolders({ apiUrl, apiToken: "t" });
    expect((await cli.diff("ada", "all")).skipped).to.deep.equal([{ path: ".pleiad", why: "private" }]);
    await cli.merge("ada", { into: "target" });
    expect((await cli.list()).merges.map(mergeText)).to.deep.equal([
      `merge 1 of ada into target: merged as ${(await cli.list()).merges[0]?.commit?.slice(0, 12)}`,
    ]);
  });

  it("list no more files than asked for, and count them all; odd names are told, and asked for where they are text", async () => {
    const { path, app } = await setUp();
    const odd = 'a "b"\t\n\u202e:(top) *?[x].txt';
    writeAt(join(path, odd), "odd\n");
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0x66, 0xff, 0xfe])]), "bytes\n");
    const some = await ask(app, diffFilesSchema, "/folders/ada/diff/files?limit=1");
    expect([some.files.length, some.fileCount]).to.deep.equal([1, 2]);
    const asked = (name: string) =>
      ask(app, diffFileSchema, `/folders/ada/diff/file?path=${encodeURIComponent(name)}`);
    expect((await asked(odd)).text).to.include("+odd\n");
    const bytes = await asked("f\ufffd\ufffd");
    expect([bytes.why, bytes.text]).to.deep.equal(["nameNoText", undefined]);
    const tooMany = await app.inject({ url: `/folders/ada/diff/files?limit=${DIFF_LISTED_MAX + 1}` });
    expect(tooMany.json().code).to.equal("FOLDER_REQUEST_INVALID");
    const unknown = await app.inject({ url: "/folders/ada/diff/file?path=README" });
    expect([unknown.statusCode, unknown.json().code]).to.deep.equal([404, "DIFF_FILE_UNKNOWN"]);
  });

  it("tell a detached merge at once, what its gate prints while it runs, and its end; it goes on until it is stopped", async () => {
    const gate = { argv: ["/bin/sh", "-c", "echo out; echo err >&2; while :; do sleep 0.1; done"] as const };
    const { world, folders, path, app } = await setUp({ gate: { argv: [...gate.argv] } });
    writeAt(join(path, "README"), "changed\n");
    const heard: FolderNews[] = [];
    folders.onNews((news) => heard.push(news));
    const isBoth = (text = "") => text.includes("out") && text.includes("err");
    const asked = await ask(app, mergeSchema, "/folders/ada/merge", { target: "target", isDetached: true });
    expect(asked).to.include({ state: "waiting", agent: "ada" });
    const url = `/folders/merges/${asked.id}`;
    await until("the gate has printed", async () => isBoth((await ask(app, mergeSchema, url)).gateOutput));
    const again = await ask(app, mergeSchema, "/folders/ada/merge", { target: "target", isDetached: true });
    expect(again, "asked for twice it is one").to.include({ id: asked.id, state: "gate" });
    expect((await ask(app, foldersSchema, "/folders")).merges).to.have.length(1);
    await ask(app, doneSchema, `${url}/stop`, {});
    await until("it has ended", async () => (await ask(app, mergeSchema, url)).state === "done");
    const ended = await ask(app, mergeSchema, url);
    expect(ended.error?.code).to.equal("MERGE_STOPPED");
    expect(ended.gateOutput).to.equal(undefined);
    expect(ended.gate?.outputTail).to.include("out");
    expect(heard).to.deep.include({ kind: "merge", id: asked.id });
    expect(heard).to.deep.include({ kind: "folder", agent: "ada" });
    expect(world.git("rev-parse", "target")).to.equal(world.git("rev-parse", "main"));
  });

  it("stop a merge whose reader goes, unless it is detached", async () => {
    const argv = ["/bin/sh", "-c", "echo begun; while :; do sleep 0.1; done"] as const;
    const { folders, path, app } = await setUp({ gate: { argv: [...argv] } });
    writeAt(join(path, "README"), "changed\n");
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const reader = new AbortController();
    const waiting = fetch(`${url}/folders/ada/merge`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ target: "target" }),
      signal: reader.signal,
    }).catch(() => "gone");
    await until("its gate runs", async () => folders.gateOutput(1)?.includes("begun") === true);
    reader.abort();
    expect(await waiting).to.equal("gone");
    await until("it was stopped", async () => folders.getMerge(1).error?.code === "MERGE_STOPPED");
  });

  it("tell that the project itself changed, while an agent rests as well; at rest it can be rolled back, in a turn it cannot", async () => {
    const { world, folders, path, app } = await setUp();
    const run = await folders.beginRun("ada");
    writeAt(join(path, "README"), "changed\n");
    const rollBack = () =>
      app.inject({ method: "POST", url: "/folders/ada/rollback", payload: { checkpoint: 1 } });
    expect((await rollBack()).json().code).to.equal("FOLDER_BUSY");
    world.write("leaked.txt", "by its path\n");
    await run.rest();
    const [row] = (await ask(app, foldersSchema, "/folders")).folders;
    expect([row?.activity, row?.leak?.paths]).to.deep.equal(["resting", ["leaked.txt"]]);
    expect((await rollBack()).statusCode).to.equal(200);
    expect((await ask(app, diffFilesSchema, "/folders/ada/diff/files")).fileCount).to.equal(0);
    expect((await app.inject({ method: "DELETE", url: "/folders/ada" })).json().code).to.equal("FOLDER_BUSY");
    const { leak } = await run.end();
    expect(leak?.paths).to.deep.equal(["leaked.txt"]);
    expect((await ask(app, foldersSchema, "/folders")).folders[0]?.activity).to.equal("idle");
  });

  it("tell changes of all copies in one stream", async () => {
    const { world, folders, path, app } = await setUp();
    const other = await folders.create({ agent: "bob", project: world.project });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const reader = new AbortController();
    const response = await fetch(`${url}/folders/changes`, { signal: reader.signal });
    const seen = new Set<string>();
    const reading = (async () => {
      for await (const bytes of response.body ?? []) {
        for (const line of new TextDecoder().decode(bytes).trim().split("\n")) {
          const told = JSON.parse(line) as { kind: string; changes?: { agent: string; path: string }[] };
          if (told.kind === "open") {
            writeAt(join(path, "one"), "1");
            writeAt(join(other.path, "two"), "2");
          }
          for (const change of told.changes ?? []) seen.add(`${change.agent} ${change.path}`);
        }
        if (seen.size === 2) reader.abort();
      }
    })().catch(() => {});
    await reading;
    expect([...seen].sort()).to.deep.equal(["ada one", "bob two"]);
  });
});
