import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { type Launch, launchAgent } from "../../../../node/src/agents/launch.ts";
import { findSandbox } from "../../../../node/src/agents/sandbox/findSandbox.ts";
import { confine, NO_SANDBOX, type Sandbox } from "../../../../node/src/agents/sandbox/sandbox.ts";
import { createScratch, type Scratch } from "../../../../node/src/agents/scratch.ts";
import { type Confinement, confinementSchema } from "../../../../node/src/config/service.ts";
import { expectCode, temporaryFolder } from "../fixtures/world.ts";
import { viewOf } from "./view.ts";

const fakeBwrap = fileURLToPath(new URL("../fixtures/fakeBwrap.sh", import.meta.url));
const ENVIRONMENT = { PATH: "/usr/bin:/bin" };
/** Looked for once: the tests with the real one say by their title why they are left out. */
const real = await findSandbox({ environment: process.env, secrets: [] });
const found = real.kind === "none" ? `left out here: ${real.why}` : `bubblewrap ${real.version}`;

function confinement(fields: Partial<Confinement> = {}): Confinement {
  return confinementSchema.parse(fields);
}

describe("sandbox", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let base: string;
  let scratch: Scratch;
  let data: string;
  let home: string;
  let work: string;
  let sandbox: Sandbox;
  before(async () => {
    folder = temporaryFolder();
    base = realpathSync(mkdtempSync(join(tmpdir(), "pleiad-sandbox-test-")));
    scratch = await createScratch(join(base, "scratch"));
    home = join(base, "home");
    data = join(home, "project", ".pleiad");
    work = join(data, "worktrees", "ada");
    for (const path of [work, join(home, ".ssh"), join(home, "tools")]) mkdirSync(path, { recursive: true });
    writeFileSync(join(data, "keystore.json"), "the key");
    writeFileSync(join(home, ".ssh", "id"), "the ssh key");
    writeFileSync(join(home, "tools", "agent"), "#!/bin/sh\ncat\n", { mode: 0o755 });
    writeFileSync(join(home, "settings"), "named by an argument");
    sandbox = {
      kind: "bubblewrap",
      program: fakeBwrap,
      version: "9.9.9",
      hidden: [data, join(home, ".ssh"), "/run", "/var/run"],
    };
  });
  after(() => {
    rmSync(base, { recursive: true, force: true });
    folder.remove();
  });

  function confined(
    wanted: Confinement,
    over: Partial<Parameters<typeof confine>[2]> = {},
    inside: Sandbox = sandbox,
  ) {
    return confine(inside, wanted, {
      program: join(home, "tools", "agent"),
      args: [],
      environment: ENVIRONMENT,
      workFolder: work,
      scratch,
      readable: [],
      writable: [],
      ...over,
    });
  }

  describe("by its arguments", () => {
    before(function () {
      // There is no bubblewrap for other systems, and their temporary folders are elsewhere.
      if (process.platform !== "linux") this.skip();
    });

    it("has namespaces of its own, a session of its own, no capabilities, and dies with its parent", async () => {
      const { program, args, layers } = await confined(confinement());
      expect(program).to.equal(fakeBwrap);
      expect(layers).to.equal(2);
      const { flags, workFolder } = viewOf(args);
      expect(flags).to.deep.equal([
        "--unshare-user-try",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--unshare-net",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
      ]);
      expect(workFolder).to.equal(work);
      expect(args.join(" ")).to.include("--cap-drop ALL --proc /proc --dev /dev");
      expect(args.slice(args.indexOf("--"))).to.deep.equal(["--", join(home, "tools", "agent")]);
    });

    it("shares the network only where the service allows it", async () => {
      const { args } = await confined(confinement({ network: true }));
      expect(args).not.to.include("--unshare-net");
    });

    it("shows the system read-only, and of the rest what the run needs", async () => {
      const { args } = await confined(confinement(), { args: [join(home, "settings"), "/", home, "text"] });
      const view = viewOf(args);
      expect(view.at("/usr/bin/env")).to.deep.equal({ from: "/usr/bin/env", writable: false });
      expect(view.at(join(work, "file"))).to.deep.equal({ from: join(work, "file"), writable: true });
      expect(view.at(scratch.home)).to.deep.equal({ from: scratch.home, writable: true });
      expect(view.at(join(home, "tools", "agent")).writable).to.equal(false);
      expect(view.at(join(home, "settings"))).to.deep.equal({
        from: join(home, "settings"),
        writable: false,
      });
      // Temporary files are in the run's own folder, wherever they are written.
      for (const path of ["/tmp/file", "/dev/shm/file"])
        expect(view.at(path), path).to.deep.equal({
          from: join(scratch.temporary, "file"),
          writable: true,
        });
    });

    it("hides the daemon's folder, the home, sockets and everything else, and takes no file there", async () => {
      const { args } = await confined(confinement());
      const view = viewOf(args);
      for (const path of [
        join(data, "keystore.json"),
        join(data, "worktrees", "somebody-else"),
        join(home, ".ssh", "id"),
        join(home, "other"),
        "/root/.ssh",
        "/run/docker.sock",
        "/run/user/1000/bus",
        "/var/run/docker.sock",
        "/etc/shadow",
        "/sys/kernel",
        "/proc/1/environ-of-the-daemon",
        "/",
      ]) {
        const { from, writable } = view.at(path);
        // This test's own folders are below /tmp, where a run finds its own temporary files.
        if (from?.startsWith(scratch.temporary)) continue;
        expect(from, path).to.equal(undefined);
        if (!path.startsWith("/proc")) expect(writable, path).to.equal(false);
      }
      expect(view.at("/dev/null").writable, "/dev takes no files").to.equal(false);
    });

    it("hides secrets also inside a folder that is shown, and shows the work inside of what is hidden", async () => {
      const view = viewOf((await confined(confinement({ readable: [home] }))).args);
      expect(view.at(join(home, "settings")).from).to.equal(join(home, "settings"));
      for (const path of [join(data, "keystore.json"), join(home, ".ssh", "id")])
        expect(view.at(path), path).to.deep.equal({ from: undefined, writable: false });
      expect(view.at(join(work, "file"))).to.deep.equal({ from: join(work, "file"), writable: true });
    });

    it("lets a worktree's own pointer, and a repository's settings, be read and not written", async () => {
      const pointer = join(work, ".git");
      writeFileSync(pointer, "gitdir: /elsewhere\n");
      const repository = join(home, "project", ".git");
      mkdirSync(repository);
      const { args, environment } = await confined(confinement(), { readable: [repository] });
      const view = viewOf(args);
      expect(view.at(pointer)).to.deep.equal({ from: pointer, writable: false });
      expect(view.at(join(repository, "config"))).to.deep.equal({
        from: join(repository, "config"),
        writable: false,
      });
      expect(view.at(join(home, "project", "main.ts")).from, "the main tree").to.equal(
        join(scratch.temporary, join(home, "project", "main.ts").slice("/tmp".length)),
      );
      expect(environment.GIT_OPTIONAL_LOCKS).to.equal("0");
      rmSync(pointer);
    });

    it("follows no link that an agent left in place of a repository", async () => {
      const left = join(work, ".git");
      for (const target of [data, join(data, "keystore.json"), "../../keystore.json"]) {
        symlinkSync(target, left);
        try {
          const { args } = await confined(confinement());
          expect(args).not.to.contain(left);
          expect(args).not.to.contain(target);
        } finally {
          rmSync(left);
        }
      }
    });

    it("takes a path for itself, whatever it looks like", async () => {
      const odd = join(base, "--bind odd $(x)");
      mkdirSync(odd);
      const view = viewOf((await confined(confinement({ readable: [odd] }))).args);
      expect(view.at(join(odd, "file")).from).to.equal(join(odd, "file"));
      expect(view.at("/etc/shadow").from).to.equal(undefined);
    });

    it("refuses to show what lies in the daemon's folder, also through a link, and what is not there", async () => {
      const link = join(base, "link");

      symlinkSync(data, link);
      for (const path of [data, join(data, "keystore.json"), link, join(base, "nothing")])
        await expectCode(confined(confinement({ readable: [path] })), "AGENT_SANDBOX_REFUSED");
      const program = join(data, "agent");
      copyFileSync(join(home, "tools", "agent"), program);
      await expectCode(confined(confinement(), { program }), "AGENT_SANDBOX_REFUSED");
      await expectCode(
        confined(confinement(), { args: [join(data, "keystore.json")] }),
        "AGENT_SANDBOX_REFUSED",
      );
    });

    it("says that the program is missing, instead of starting a sandbox with nothing in it", async () => {
      await expectCode(confined(confinement(), { program: "no-such-program" }), "AGENT_PROGRAM_MISSING");
    });
  });

  describe("where it is chosen", () => {
    it("is left out where the service says so, or where the machine has none and the service does not insist", async () => {
      const plain = { program: join(home, "tools", "agent"), args: [], environment: ENVIRONMENT, layers: 0 };
      expect(await confined(confinement({ sandbox: "none" }))).to.deep.equal(plain);
      expect(await confined(confinement(), {}, NO_SANDBOX)).to.deep.equal(plain);
    });

    it("refuses to start a program without it where the service insists", async () => {
      const error = await expectCode(
        confined(confinement({ sandbox: "bubblewrap" }), {}, NO_SANDBOX),
        "AGENT_SANDBOX_MISSING",
      );
      expect(error.message).to.include("nobody has looked for one");
    });

    it("believes in no bwrap that does not confine", async () => {
      const path = join(base, "bin");
      mkdirSync(path);
      copyFileSync(fakeBwrap, join(path, "bwrap"));
      chmodSync(join(path, "bwrap"), 0o755);
      const seen = await findSandbox({ environment: { PATH: `${path}:/usr/bin:/bin` }, secrets: [] });
      expect(seen.kind).to.equal("none");
      expect(seen.kind === "none" && seen.why).to.match(
        /bubblewrap does not work here: a program in it is the child of/,
      );
    });

    it("says what bwrap said where it fails", async () => {
      const path = join(base, "failing");
      mkdirSync(path);
      writeFileSync(
        join(path, "bwrap"),
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n",
        {
          mode: 0o755,
        },
      );
      const seen = await findSandbox({ environment: { PATH: `${path}:/usr/bin:/bin` }, secrets: [] });
      expect(seen).to.deep.equal({
        kind: "none",
        why: "bubblewrap does not work here: bwrap: No permissions to create a new namespace",
      });
    });

    it("says that none is installed", async () => {
      const seen = await findSandbox({ environment: { PATH: "/nowhere" }, secrets: [] });
      expect(seen.kind === "none" && seen.why).to.match(/not installed|is for Linux/);
    });
  });

  let count = 0;
  async function launched(inside: Sandbox, script: string, over: Partial<Launch> = {}) {
    count += 1;
    const controller = new AbortController();
    const agent = await launchAgent(
      {
        scratchFolder: folder.scratch,
        environment: process.env,
        logger: pino({ level: "silent" }),
        sandbox: inside,
      },
      {
        environmentNames: [],
        confinement: confinement(),
        command: async () => ({ program: "/bin/sh", args: ["-c", script] }),
        tag: `sandbox-test-${process.pid}:${count}`,
        timeoutMs: 20_000,
        signal: controller.signal,
        ...over,
      },
    );
    let said = "";
    const begun = Promise.withResolvers<void>();
    agent.stdout.on("data", (chunk) => {
      said += String(chunk);
      begun.resolve();
    });
    return { agent, controller, begun: begun.promise, said: () => said };
  }

  describe("between guard and program", () => {
    it("passes the answer and the exit code on", async () => {
      const { agent, said } = await launched(sandbox, "echo in; exit 7");
      const end = await agent.ended;
      expect([end.reason, end.exitCode, said()]).to.deep.equal(["exited", 7, "in\n"]);
    });

    it("lets the program tidy up at SIGTERM, before the sandbox ends it", async () => {
      const mark = join(base, "tidied");
      const { agent, controller, begun } = await launched(
        sandbox,
        `trap 'echo tidied > ${mark}; exit 0' TERM; echo begun; while :; do sleep 0.05; done`,
      );
      await begun;
      controller.abort();
      expect((await agent.ended).reason).to.equal("stopped");
      expect(existsSync(mark)).to.equal(true);
    });

    it("does not count for the program's own processes", async () => {
      const { agent, said } = await launched(sandbox, "sleep 0.6; echo done", {
        confinement: confinement({ processesMax: 2 }),
      });
      expect([(await agent.ended).reason, said()]).to.deep.equal(["exited", "done\n"]);
    });
  });

  describe(`with the real one (${found})`, () => {
    before(function () {
      if (real.kind === "none") this.skip();
    });
    const hiding = (): Sandbox =>
      ({ ...real, hidden: [data, join(home, ".ssh"), "/run", "/var/run"] }) as Sandbox;

    it("reads no key, no home and no other process, and writes into its own folders alone", async () => {
      const script = `
        for path in ${data}/keystore.json ${home}/.ssh/id ${home}/settings /root /home /run/user /var; do
          [ -e "$path" ] && echo "sees $path"; done
        for path in /usr/x /etc/x /x /dev/x ${home}/x; do (: > "$path") 2>/dev/null && echo "wrote $path"; done
        [ -e /proc/${process.pid}/environ ] && [ "$(cat /proc/${process.pid}/cmdline | tr '\\0' ' ')" != "" ] && echo "sees the daemon"
        : > "$HOME/x" && : > /tmp/x && : > ${work}/x && echo wrote; ls /proc | grep -c '^[0-9]'`;
      const { agent, said } = await launched(hiding(), script, { workFolder: work });
      const end = await agent.ended;
      expect([end.exitCode, Buffer.from(end.stderrTail).toString()]).to.deep.equal([0, ""]);
      const [wrote, processes] = said().trim().split("\n");
      expect(wrote).to.equal("wrote");
      expect(Number(processes)).to.be.below(8);
      expect(existsSync(join(work, "x"))).to.equal(true);
    });

    it("has loopback of its own and nothing else, unless the network is allowed", async () => {
      const server = createServer((socket) => socket.end("outside\n")).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as { readonly port: number };
      const asks = `${process.execPath} -e 'require("net").connect(${port}, "127.0.0.1").on("error", (e) => console.log(e.code)).pipe(process.stdout)'`;
      for (const [network, words] of [
        [false, "ECONNREFUSED\n"],
        [true, "outside\n"],
      ] as const) {
        const { agent, said } = await launched(hiding(), asks, {
          confinement: confinement({ network, readable: [dirname(process.execPath)] }),
        });
        await agent.ended;
        expect(said()).to.equal(words);
      }
      server.close();
    });

    it("leaves nothing of a program that fled, cleared its environment and ignores signals", async () => {
      const script =
        "trap '' TERM; setsid env -i sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo begun; wait";
      const { agent, controller, begun } = await launched(hiding(), script);
      await begun;
      controller.abort();
      await agent.ended;

      const left = readdirSync("/proc").filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes('trap "" TERM; while :; do sleep 1');
        } catch {
          return false;
        }
      });
      expect(left).to.deep.equal([]);
    });
  });
});
