import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { EXIT_CODES } from "../../../node/src/cli/failure.ts";
import { DAEMON_FLAGS } from "../../../node/src/local/nodeProcess.mjs";
import { ROOT, temporaryFolder } from "../../fixtures/pleiad.ts";

const INSTALLED = "/opt/pleiad/";
/** Three processes that load what a daemon does, on a busy machine. */
const LOAD_TIMEOUT_MS = 60_000;
const unit = readFileSync(join(ROOT, "node/operations/pleiad.service"), "utf8");
const dockerfile = readFileSync(join(ROOT, "node/operations/Dockerfile"), "utf8").replace(/\\\n\s*/g, "");

/** Values of a key of the unit, in order. */
function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

function theValue(key: string): string {
  const [value, ...more] = valuesOf(key);
  if (value === undefined || more.length > 0)
    throw new Error(`${key} stands there ${more.length + 1} times, or never`);
  return value;
}

function instructionsOf(name: string): readonly string[] {
  return [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, "gm"))].map(([, rest = ""]) => rest);
}

/** A path of an installation as it is in the project. */
function expectInProject(path: string): void {
  expect(path.startsWith(INSTALLED), path).to.equal(true);
  expect(existsSync(join(ROOT, path.slice(INSTALLED.length))), path).to.equal(true);
}

/** Whether the command line takes these words, without starting anything. */
function expectCommand(words: readonly string[]): void {
  const option = words.find((word) => word.startsWith("--")) ?? "";
  const help = execFileSync(
    process.execPath,
    [join(ROOT, "node/bin/pleiad.mjs"), ...words.slice(0, 2), "--help"],
    {
      encoding: "utf8",
    },
  );
  expect(help).to.include(option);
}

/** The image's folder: what the Dockerfile copies, and the packages that `npm install --omit=dev` puts there. */
function layOut(folder: string): void {
  for (const rest of instructionsOf("COPY").filter((line) => !line.startsWith("--from"))) {
    const sources = rest.split(" ");
    const target = join(folder, sources.pop() ?? "");
    for (const source of sources) {
      const isFolder = statSync(join(ROOT, source)).isDirectory();
      cpSync(join(ROOT, source), isFolder ? target : join(target, basename(source)), {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
      });
    }
  }
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>;
  };
  for (const [path, { dev = false, link = false }] of Object.entries(packages)) {
    const isInstalled =
      /^(?:(?:node|sdk)\/)?node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && existsSync(join(ROOT, path));
    if (dev || !isInstalled) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(link ? folder : ROOT, link ? basename(path) : path), join(folder, path));
  }
}

describe("the systemd unit", () => {
  it("starts the daemon by paths and words that there are, as an account that is not root", () => {
    const [program = "", script = "", ...words] = theValue("ExecStart").split(" ");
    for (const path of [program, script]) expectInProject(path);
    expect(words).to.deep.equal(["node", "start", "--config", "/var/lib/pleiad/pleiad.yaml"]);
    expectCommand(words);
    expect(theValue("User")).to.equal("pleiad");
    expect(theValue("Group")).to.equal("pleiad");
  });

  it("restarts at the exit code that asks for it and after a crash, and not at the one that forbids it", () => {
    expect(theValue("RestartForceExitStatus")).to.equal(String(EXIT_CODES.restartMe));
    // A signal, a core dump, no memory: not an exit code that is not 0.
    expect(theValue("Restart")).to.equal("on-abnormal");
    expect(valuesOf("SuccessExitStatus")).to.deep.equal([]);
    expect(theValue("StartLimitIntervalSec")).to.equal("0");
  });

  it("leaves the daemon the five seconds that it takes to stop, and lets it end its agents itself", () => {
    expect(Number(theValue("TimeoutStopSec"))).to.be.greaterThan(5);
    expect([theValue("KillSignal"), theValue("KillMode")]).to.deep.equal(["SIGTERM", "mixed"]);
  });

  it("lets it write its own folders and nothing else, and gain no rights", () => {
    expect([
      theValue("ProtectSystem"),
      theValue("StateDirectory"),
      theValue("StateDirectoryMode"),
    ]).to.deep.equal(["strict", "pleiad", "0700"]);
    for (const key of [
      "NoNewPrivileges",
      "ProtectHome",
      "PrivateTmp",
      "PrivateDevices",
      "RestrictNamespaces",
    ])
      expect(theValue(key), key).to.equal("yes");
    expect([theValue("CapabilityBoundingSet"), theValue("UMask")]).to.deep.equal(["", "0077"]);
    expect(valuesOf("ReadWritePaths")).to.deep.equal([]);
    // With it no JavaScript runs.
    expect(valuesOf("MemoryDenyWriteExecute")).to.deep.equal([]);
  });

  it("is taken by systemd itself, where this machine has it", async function () {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return this.skip();
    await using folder = temporaryFolder();
    const copy = join(folder.path, "pleiad.service");
    writeFileSync(copy, unit.replaceAll(INSTALLED, `${ROOT}/`));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", copy], {
      encoding: "utf8",
    });
    const own = stderr.split("\n").filter((line) => line.includes("pleiad.service"));
    expect(own, stderr).to.deep.equal([]);
    expect(status, stderr).to.equal(0);
  });
});

describe("the Dockerfile", () => {
  it("is made from the Node.js that the project pins, in every stage", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      readonly devDependencies: Readonly<Record<string, string>>;
    };
    const images = instructionsOf("FROM").map((rest) => rest.split(" ")[0]);
    expect(images).to.have.lengthOf(2);
    for (const image of images) expect(image).to.equal(`node:${devDependencies.node}-bookworm-slim`);
  });

  it("copies what is there, and everything that the daemon is made of", () => {
    const sources = instructionsOf("COPY")
      .filter((rest) => !rest.startsWith("--from"))
      .flatMap((rest) => rest.split(" ").slice(0, -1));
    for (const source of sources) expect(existsSync(join(ROOT, source)), source).to.equal(true);
    expect(sources).to.include.members([
      "package-lock.json",
      "node/package.json",
      "sdk/package.json",
      "sdk/src",
      "node/bin",
      "node/src",
    ]);
  });

  it("runs the daemon by paths and words that there are, as an account that is not root, and stops it by the signal it heeds", () => {
    const [program, script = ""] = JSON.parse(instructionsOf("ENTRYPOINT")[0] ?? "") as string[];
    expect(program).to.equal("node");
    expectInProject(script);
    const words = JSON.parse(instructionsOf("CMD")[0] ?? "") as string[];
    expect(words.slice(0, 2)).to.deep.equal(["node", "start"]);
    expectCommand(words);
    expect(instructionsOf("USER")).to.deep.equal(["pleiad"]);
    expect(instructionsOf("STOPSIGNAL")).to.deep.equal(["SIGTERM"]);
    // After the account is given up nothing is copied or run.
    expect(dockerfile.slice(dockerfile.indexOf("\nUSER "))).not.to.match(/^(RUN|COPY|ADD) /m);
  });

  it("copies all that a daemon is made of: its modules load from that and from packages that are not for development alone", async function () {
    this.timeout(LOAD_TIMEOUT_MS);
    await using folder = temporaryFolder();
    layOut(folder.path);
    const [, script = ""] = JSON.parse(instructionsOf("ENTRYPOINT")[0] ?? "") as string[];
    const bin = join(folder.path, script.slice(INSTALLED.length));
    // Node.js 24 was seen to stand still for ever in `process.exit` right after a large import: nothing is ended that way here.
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, args, { encoding: "utf8", timeout: LOAD_TIMEOUT_MS / 3 });
    expect(run(bin, "--version").stdout).to.match(/\d+\.\d+\.\d+/);
    const daemon = JSON.stringify(join(folder.path, "node/src/local/daemon.ts"));
    // With the flags that the daemon's own process has: what one compiles the other finds.
    const { status, stderr } = run(
      ...DAEMON_FLAGS,
      "-e",
      `import(${daemon}).then(({ startDaemon }) => { process.exitCode = startDaemon ? 0 : 1; })`,
    );
    expect(status, stderr).to.equal(0);
    const started = run(bin, "node", "start", "--config", join(folder.path, "pleiad.yaml"));
    expect(started.status).to.equal(EXIT_CODES.doNotRestart);
    expect(started.stderr).to.include("pleiad.yaml");
  });

  it("asks a route that there is for its health, on the API's own port", () => {
    const health = instructionsOf("HEALTHCHECK")[0] ?? "";
    expect(health).to.include("http://127.0.0.1:7317/health");
    expect(readFileSync(join(ROOT, "docs/config.md"), "utf8")).to.match(/`api\.port` .*`7317`/);
  });
});
