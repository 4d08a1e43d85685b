import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { runAfterTest } from "../../../fixtures/hooks.ts";
import { failureOf, filesIn, makeWorld, userGit, writeAt } from "./world.ts";

const free = async () => true;

describe("files of variables, and ports", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  it("are copied with mode 0600, rewritten, and stand in no checkpoint, diff, merge or commit", async () => {
    const world = makeWorld();
    world.write(".env", "# a comment\nexport PORT=3000\nKEY=canary-key\nURL=http://localhost:3000 # kept\n");
    world.write("app/.env.local", "A=1");
    world.git("branch", "target");
    const folders = await world.folders(
      {
        envFiles: [
          { path: ".env", set: { PORT: "{port}", API_PORT: "{port+1}", AGENT: "{agent}" } },
          { path: "app/.env.local" },
        ],
        ports: { first: 41_000, last: 41_099, perFolder: 10 },
      },
      { isPortFree: free },
    );
    const { path, ports, envFiles } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(ports).to.deep.equal(Array.from({ length: 10 }, (_, index) => 41_000 + index));
    expect(envFiles).to.deep.equal([".env", "app/.env.local"]);
    expect(filesIn(path)[".env"]).to.equal(
      "# a comment\nexport PORT=41000\nKEY=canary-key\nURL=http://localhost:3000 # kept\nAPI_PORT=41001\nAGENT=alice\n",
    );
    expect(filesIn(path)["app/.env.local"]).to.equal("A=1");
    for (const file of envFiles) expect(lstatSync(join(path, file)).mode & 0o777, file).to.equal(0o600);
    expect(userGit(path, "status", "--porcelain")).to.equal("");
    writeAt(join(path, "new.js"), "new\n");
    await folders.checkpoint("alice", "one");
    const diff = await folders.diff("alice", { kind: "all" });
    expect(diff.files.map((file) => file.path)).to.deep.equal(["new.js"]);
    expect((await folders.merge({ agent: "alice", target: "target" })).outcome).to.equal("merged");
    await folders.rollback("alice", 1);
    expect(filesIn(path)[".env"]).to.include("canary-key");
    const objects = world.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)");
    const blobs = objects.split("\n").filter((line) => line.endsWith("blob"));
    for (const line of blobs) {
      expect(world.git("cat-file", "blob", line.split(" ")[0] ?? "")).not.to.include("canary-key");
    }
  });

  it("stay as they are where the project has one of that name in its history", async () => {
    const world = makeWorld();
    world.write(".env", "PORT=1\n");
    world.git("add", "--force", ".env");
    world.git("commit", "--quiet", "-m", "env");
    world.write(".env", "PORT=1\nKEY=canary-key\n");
    const folders = await world.folders({ envFiles: [{ path: ".env", set: { PORT: "2" } }] });
    const { path } = await folders.create({
      agent: "alice",
      project: world.project,
      includeUncommitted: true,
    });
    expect(filesIn(path)[".env"]).to.equal("PORT=2\nKEY=canary-key\n");
    await folders.checkpoint("alice", "one");
    writeAt(join(path, "README"), "changed\n");
    await folders.rollback("alice", 1);
    expect(filesIn(path)[".env"]).to.equal("PORT=2\nKEY=canary-key\n");
    expect((await folders.diff("alice", { kind: "all" })).fileCount).to.equal(0);
    expect(world.git("show", "refs/pleiad/alice/checkpoint/1:.env")).to.equal("PORT=1");
  });

  it("are copied through no link, from nowhere else, and not in place of one", async () => {
    const world = makeWorld();
    writeAt(join(world.root, "outside/secret"), "canary-secret\n");
    const create = async (path: string) => {
      const folders = await world.folders({ envFiles: [{ path }] });
      return folders.create({ agent: "alice", project: world.project });
    };
    await failureOf("ENV_FILE_MISSING", create(".env"));
    symlinkSync(join(world.root, "outside/secret"), join(world.project, ".env"));
    await failureOf("ENV_FILE_UNSAFE", create(".env"));
    symlinkSync(join(world.root, "outside"), join(world.project, "way"));
    await failureOf("ENV_FILE_UNSAFE", create("way/secret"));
    mkdirSync(join(world.project, "folder.env"));
    await failureOf("ENV_FILE_UNSAFE", create("folder.env"));
    writeFileSync(join(world.project, "large.env"), "x".repeat(300_000));
    await failureOf("ENV_FILE_UNSAFE", create("large.env"));
    for (const path of ["../outside/secret", "/etc/passwd", ".git/config", "a//b", "./a"]) {
      expect(() => world.folders({ envFiles: [{ path }] })).to.not.throw();
      await failureOf("ENV_FILE_UNSAFE", create(path));
    }
    // In the commit the same name is a link: what it leads to is not written.
    rmSync(join(world.project, ".env"));
    symlinkSync(join(world.root, "outside/secret"), join(world.project, "linked.env"));
    world.git("add", "linked.env");
    world.git("commit", "--quiet", "-m", "link");
    rmSync(join(world.project, "linked.env"));
    world.write("linked.env", "OVER=1\n");
    await failureOf("ENV_FILE_UNSAFE", create("linked.env"));
    expect(filesIn(join(world.root, "outside"))).to.deep.equal({ secret: "canary-secret\n" });
  });

  it("hands no port to two folders, also after a restart, nor one on which something listens", async () => {
    const world = makeWorld();
    const busy = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    runAfterTest(() => new Promise((resolve) => busy.close(() => resolve())));
    const { port } = busy.address() as { port: number };
    const first = port - 2;
    const ports = { first, last: first + 5, perFolder: 2 };
    // The others of the range may be taken by strangers: only the one that is known to be is really asked for.
    const { isPortFree } = await import("../../../../node/src/agents/folders/ports.ts");
    const modules = { isPortFree: async (one: number) => (one === port ? isPortFree(one) : true) };
    const folders = await world.folders({ ports }, modules);
    const made = await Promise.allSettled(
      ["a", "b", "c"].map((agent) => folders.create({ agent, project: world.project })),
    );
    expect(made.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "fulfilled", "rejected"]);
    const given = folders.list().flatMap((folder) => folder.ports);
    expect(given.sort()).to.deep.equal([first, first + 1, first + 4, first + 5]);
    const refused = made.find((one) => one.status === "rejected");
    expect(refused?.reason).to.include({ code: "PORTS_NONE_FREE" });
    await folders.close();
    const again = await world.folders({ ports }, modules);
    await failureOf("PORTS_NONE_FREE", again.create({ agent: "d", project: world.project }));
    const [removed] = again.list();
    await again.remove(removed?.agent ?? "");
    expect((await again.create({ agent: "d", project: world.project })).ports).to.deep.equal(removed?.ports);
  });
});
