import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { oldNode, withoutNpm } from "../fixtures/oldNode.ts";
import { ROOT, temporaryFolder } from "../fixtures/pleiad.ts";

/** The oldest that is promised, and one that is too old for it. */
const OLDEST = "18.20.8";
const TOO_OLD = "14.21.3";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  readonly devDependencies: { readonly node: string };
};
const PINNED_NPM = `npx -y -p node@${manifest.devDependencies.node} npm install --no-save`;

/**
 * Stands for npm and npx: notes how it was called, and does to the folder what an installation does that matters here.
 * `FAKE_NPM` is what it does beside that.
 */
const FAKE_NPM = `#!/bin/sh
echo "\${0##*/} $*" >> calls
case "$FAKE_NPM" in
  fails) echo "npm error no such thing" >&2; exit 7 ;;
  spoils) echo spoilt > package-lock.json ;;
  empty) exit 0 ;;
esac
mkdir -p node_modules/.bin
echo > node_modules/.bin/node
`;

/** A checkout that is not installed yet, with a machine whose npm is the one above. */
function checkout(folder: string) {
  const at = (...names: readonly string[]) => join(folder, ...names);
  for (const name of ["scripts", "bin"]) mkdirSync(at(name));
  copyFileSync(join(ROOT, "scripts", "bootstrap.cjs"), at("scripts", "bootstrap.cjs"));
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(ROOT, name), at(name));
  for (const name of ["npm", "npx"]) {
    writeFileSync(at("bin", name), FAKE_NPM);
    chmodSync(at("bin", name), 0o755);
  }
  return {
    at,
    /** Runs the bootstrap under a Node.js; answers how it ended and which npm it called. */
    run(node: string, fake = "") {
      const PATH = `${at("bin")}:/usr/bin:/bin`;
      const { status, stdout, stderr } = spawnSync(node, [at("scripts", "bootstrap.cjs")], {
        env: { ...withoutNpm(process.env), PATH, FAKE_NPM: fake },
        encoding: "utf8",
      });
      const calls = existsSync(at("calls")) ? readFileSync(at("calls"), "utf8").trimEnd().split("\n") : [];
      return { status, stdout, stderr, calls };
    },
  };
}

describe("the bootstrap", () => {
  describe(`under Node.js ${OLDEST}`, () => {
    let node = "";

    before(async function () {
      this.timeout(150_000);
      const path = await oldNode(OLDEST);
      if (path === undefined) {
        console.log(`      npm has no node@${OLDEST} and cannot reach its registry`);
        this.skip();
      }
      node = path;
    });

    it("lets the pinned Node.js install, once, and says so", async () => {
      await using folder = temporaryFolder();
      const { run } = checkout(folder.path);
      const first = run(node);
      expect(first).to.include({ status: 0, stderr: "" });
      expect(first.calls).to.deep.equal([PINNED_NPM]);
      expect(first.stdout).to.match(/^Installing packages, once .*\nInstalled in \d+ s\.\n$/);
      expect(run(node)).to.deep.equal({ status: 0, stdout: "", stderr: "", calls: [PINNED_NPM] });
    });

    it("passes on the installed checkout, without a word and without npm", async () => {
      await using folder = temporaryFolder();
      // No npm can be found there, so nothing can be installed either.
      const { status, stdout, stderr } = spawnSync(node, [join(ROOT, "scripts", "bootstrap.cjs")], {
        env: { ...withoutNpm(process.env), PATH: folder.path },
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: "", stderr: "" });
    });

    it("hands the command line over to the pinned Node.js", () => {
      const pleiad = join(ROOT, "node", "bin", "pleiad.mjs");
      const { status, stdout } = spawnSync(node, [pleiad, "--version"], { encoding: "utf8" });
      expect(status).to.equal(0);
      expect(stdout).to.match(/^\d+\.\d+\.\d+/);
    });
  });

  describe(`under Node.js ${TOO_OLD}`, () => {
    it("says in one sentence which one it needs, and installs nothing", async function () {
      this.timeout(150_000);
      const node = await oldNode(TOO_OLD);
      if (node === undefined) this.skip();
      await using folder = temporaryFolder();
      const { status, stdout, stderr, calls } = checkout(folder.path).run(node);
      expect({ status, stdout, calls }).to.deep.equal({ status: 1, stdout: "", calls: [] });
      expect(stderr).to.equal(`Pleiad needs Node.js 18 or later to start; this is ${TOO_OLD}.\n`);
    });
  });

  it("under the pinned Node.js installs directly", async () => {
    await using folder = temporaryFolder();
    expect(checkout(folder.path).run(process.execPath).calls).to.deep.equal(["npm install --no-save"]);
  });

  it("installs again when the lock file has changed, or when the pinned Node.js is gone", async () => {
    await using folder = temporaryFolder();
    const { at, run } = checkout(folder.path);
    run(process.execPath);
    writeFileSync(at("package-lock.json"), "another");
    expect(run(process.execPath).calls).to.have.length(2);
    expect(run(process.execPath).calls).to.have.length(2);
    writeFileSync(at("node_modules", ".pleiad-installed"), "");
    expect(run(process.execPath).calls).to.have.length(3);
  });

  it("puts the lock file back as it was, and then takes the installation for done", async () => {
    await using folder = temporaryFolder();
    const { at, run } = checkout(folder.path);
    writeFileSync(at("package-lock.json"), "as it was");
    expect(run(process.execPath, "spoils").status).to.equal(0);
    expect(readFileSync(at("package-lock.json"), "utf8")).to.equal("as it was");
    expect(run(process.execPath).calls).to.have.length(1);
  });

  it("shows what npm said when it fails, and tries again at the next start", async () => {
    await using folder = temporaryFolder();
    const { run } = checkout(folder.path);
    const { status, stderr } = run(process.execPath, "fails");
    expect(status).to.equal(1);
    expect(stderr).to.include("npm error no such thing").and.to.include("npm ended with 7");
    expect(stderr).to.match(/run the command again/);
    expect(run(process.execPath)).to.include({ status: 0 }).with.property("calls").with.length(2);
  });

  it("notices an installation without the pinned Node.js, as with install scripts switched off", async () => {
    await using folder = temporaryFolder();
    const { status, stderr } = checkout(folder.path).run(process.execPath, "empty");
    expect(status).to.equal(1);
    expect(stderr).to.match(/ignore-scripts/);
  });
});
