import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import { describe, it } from "mocha";
import { privateKeyToAccount } from "viem/accounts";
import { readKeystore } from "../../../../node/src/config/keystore.ts";
import { loadConfig } from "../../../../node/src/config/load.ts";
import { defaultConfig, parseConfig } from "../../../../node/src/config/parse.ts";
import { startFakeSigner } from "../../../fixtures/fakeWeb3Signer.ts";
import { callCli, callJson, type Ran, runCli, withFolder } from "../support/run.ts";

/** Nothing listens on the port "discard" of a machine that is not from the eighties. */
const NOWHERE = "http://127.0.0.1:9";

interface DoctorAnswer {
  readonly ok: boolean;
  readonly sections: readonly {
    readonly title: string;
    readonly findings: readonly {
      readonly name: string;
      readonly outcome: string;
      readonly text: string;
      readonly hint?: string;
    }[];
  }[];
}

async function doctor(args: readonly string[], cwd: string): Promise<{ ran: Ran; answer: DoctorAnswer }> {
  const ran = await callCli(["doctor", ...args, "--json"], { cwd });
  return { ran, answer: JSON.parse(ran.stdout) as DoctorAnswer };
}

function findingsOf(answer: DoctorAnswer, name: string) {
  return answer.sections.flatMap(({ findings }) => findings).filter((finding) => finding.name === name);
}

describe("pleiad init", () => {
  it("writes a configuration that is the default one, and a cluster that is valid", () =>
    withFolder(async (cwd) => {
      const { code, stdout } = await runCli(["init", "mine"], { cwd });
      expect(code).to.equal(0);
      expect(stdout)
        .to.include("mine/pleiad.yaml")
        .and.to.include("pleiad cluster apply mine/cluster.yaml --dry-run");
      const folder = join(cwd, "mine");
      expect(await loadConfig(join(folder, "pleiad.yaml"))).to.deep.equal(defaultConfig(folder));
      const cluster = readFileSync(join(folder, "cluster.yaml"), "utf8");
      expect(parseBlueprint(cluster).tasks.map(({ name }) => name)).to.deep.equal(["read", "write", "check"]);
      const schema = /\$schema=(\S+)/.exec(cluster)?.[1] ?? "";
      expect(existsSync(join(folder, schema)), schema).to.equal(true);
    }));

  it("shows every default as it is: uncommented, the file says the same", () =>
    withFolder(async (cwd) => {
      await callCli(["init"], { cwd });
      const text = readFileSync(join(cwd, "pleiad.yaml"), "utf8");
      const uncommented = text.replaceAll(
        /^( {2})# (\w+:(?: .+)?)$/gm,
        (line, indent: string, key: string) =>
          // Sentences of the comments begin with a capital letter; a key does not.
          /^[a-z]\w*:/.test(key) ? `${indent}${key}` : line,
      );
      expect(uncommented).to.include("\n  rpcUrls: ").and.to.include("\n  level: ");
      expect(parseConfig(uncommented, join(cwd, "pleiad.yaml"))).to.deep.equal(defaultConfig(cwd));
    }));

  it("tells first to bring a network up where none is, and quotes what a shell would take apart", () =>
    withFolder(async (cwd) => {
      const { stdout } = await callCli(["init", "my cluster"], { cwd, env: { npm_command: "exec" } });
      const next = stdout.slice(stdout.indexOf("Next:")).trim().split("\n");
      expect(next[1]).to.match(/^ {2}npx pleiad up {2}/);
      expect(next[2]).to.include("  npx pleiad cluster apply 'my cluster/cluster.yaml' --dry-run  ");
      expect(next[4]).to.match(/^ {2}npx pleiad doctor 'my cluster' {2}/);
    }));

  it("says that a file is in the way of the folder", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "file"), "mine");
      for (const command of [["init"], ["node", "init", "--password-env", "SECRET"]]) {
        const args = [...command, "file/folder", "--json"];
        const { code, stdout } = await callCli(args, { cwd, env: { SECRET: "x" } });
        expect(code).to.equal(1);
        const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
        expect(error.code).to.equal("FILE_UNWRITABLE");
        expect(error.message).to.include("a file is in the way");
      }
    }));

  it("ends where the file system takes no folders, and says so", () =>
    withFolder(async (cwd) => {
      for (const command of [
        ["init", "/proc/no-such-entry"],
        ["up", "--data", "/proc/no-such-entry"],
      ]) {
        const { code, stdout } = await callCli([...command, "--json"], { cwd });
        expect(code, command.join(" ")).to.equal(1);
        const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
        expect(error.code).to.be.oneOf(["FILE_UNWRITABLE", "LOCAL_FOLDER_UNWRITABLE"]);
        expect(error.message).to.match(/^cannot make the folder \/proc\/no-such-entry: /);
        expect(error.hint).to.match(/another folder/);
      }
    }));

  it("overwrites nothing, and then writes nothing at all", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "cluster.yaml"), "mine");
      const { code, stdout } = await callCli(["init", "--json"], { cwd });
      expect(code).to.equal(1);
      expect((JSON.parse(stdout) as { error: { code: string } }).error.code).to.equal("FILE_EXISTS");
      expect(readFileSync(join(cwd, "cluster.yaml"), "utf8")).to.equal("mine");
      expect(existsSync(join(cwd, "pleiad.yaml"))).to.equal(false);
    }));
});

describe("pleiad node init", () => {
  it("makes a keystore that the password opens and a configuration that names both, mode 0600", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "password"), "correct horse\n", { mode: 0o600 });
      const answer = await callJson<{ folder: string; address: string; keystore: string; config: string }>(
        ["node", "init", "node", "--password-file", "password"],
        { cwd },
      );
      expect((await readKeystore(answer.keystore, "correct horse")).address).to.equal(answer.address);
      const config = await loadConfig(answer.config);
      expect(config.node).to.include({
        keystore: answer.keystore,
        passwordFile: join(cwd, "password"),
        id: null,
      });
      for (const path of [answer.keystore, answer.config])
        expect(statSync(path).mode & 0o777, path).to.equal(0o600);
      expect(statSync(answer.folder).mode & 0o777).to.equal(0o700);
    }));

  it("takes the password from the environment, and shows it nowhere", () =>
    withFolder(async (cwd) => {
      const ran = await runCli(["node", "init", "--password-env", "SECRET"], {
        cwd,
        env: { SECRET: "hunter2hunter2" },
      });
      expect(ran.code).to.equal(0);
      expect(ran.stdout)
        .to.match(/node key +0x[0-9a-fA-F]{40}/)
        .and.to.include("pleiad node start");
      const all = ran.stdout + ran.stderr + readFileSync(join(cwd, "pleiad.yaml"), "utf8");
      expect(all).not.to.include("hunter2hunter2");
    }));

  it("asks nobody where nobody is, and then writes nothing", () =>
    withFolder(async (cwd) => {
      const { code, stdout } = await callCli(["node", "init", "node", "--json"], { cwd });
      expect(code).to.equal(1);
      expect((JSON.parse(stdout) as { error: { code: string } }).error.code).to.equal("PROMPT_IMPOSSIBLE");
      expect(existsSync(join(cwd, "node"))).to.equal(false);
    }));

  it("never touches a node that is there", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "keystore.json"), "precious");
      const { code, stderr } = await callCli(["node", "init", "--password-env", "SECRET"], {
        cwd,
        env: { SECRET: "x" },
      });
      expect(code).to.equal(1);
      expect(stderr).to.include("keystore.json is there already");
      expect(readFileSync(join(cwd, "keystore.json"), "utf8")).to.equal("precious");
    }));
});

describe("pleiad node init, with a remote signer", () => {
  const key = `0x${"5a".repeat(32)}` as const;
  const { address } = privateKeyToAccount(key);
  const initWith = (url: string) => ["node", "init", "node", "--remote-signer", url, "--address", address];

  it("writes where the key is and makes no keystore; what it says comes next works as it is typed", () =>
    withFolder(async (cwd) => {
      await using signer = await startFakeSigner({ keys: [key] });
      const { code, stdout } = await runCli(initWith(signer.url), { cwd });
      expect(code, stdout).to.equal(0);
      expect(stdout).to.include(address).and.to.include("it answers, and has the key");
      const folder = join(cwd, "node");
      expect(readdirSync(folder)).to.deep.equal(["pleiad.yaml"]);
      const config = await loadConfig(join(folder, "pleiad.yaml"));
      expect(config.keys).to.include({ remoteSignerUrl: signer.url, remoteSignerAddress: address });
      expect(statSync(join(folder, "pleiad.yaml")).mode & 0o777).to.equal(0o600);
      const checked = /pleiad (doctor \S+),/.exec(stdout)?.[1] ?? "";
      const { answer } = await doctor(checked.split(" ").slice(1), cwd);
      expect(findingsOf(answer, "remote signer")[0]).to.include({ outcome: "ok" });
      expect(findingsOf(answer, "password")).to.deep.equal([]);
      // Its key is at the signer, so it is looked at as a whole node.
      expect(findingsOf(answer, "node key")).to.deep.equal([]);
      expect(answer.sections[1]?.title).to.equal(`The node in ${folder}`);
    }));

  it("of a signer that cannot be used yet says why, and writes the folder all the same, without its password on the screen", () =>
    withFolder(async (cwd) => {
      const { code, stdout, stderr } = await runCli(initWith("http://daemon:hunter2@127.0.0.1:9/"), { cwd });
      expect(code).to.equal(0);
      expect(stderr).to.include("the signer cannot be used yet: SIGNER_UNREACHABLE");
      expect(stdout + stderr).not.to.include("hunter2");
      expect(existsSync(join(cwd, "node", "pleiad.yaml"))).to.equal(true);
    }));

  it("wants both, the signer and the address of its key, and no password, and writes nothing else", () =>
    withFolder(async (cwd) => {
      const wrong: readonly (readonly [args: readonly string[], text: string])[] = [
        [["--remote-signer", NOWHERE], "--remote-signer without --address"],
        [["--address", address], "--address without --remote-signer"],
        [["--remote-signer", NOWHERE, "--address", address, "--password-env", "X"], "cannot be used with"],
        [["--remote-signer", "http://signer.example.org", "--address", address], "keys.remoteSignerUrl"],
      ];
      for (const [args, text] of wrong) {
        const { code, stderr } = await runCli(["node", "init", "node", ...args], { cwd });
        expect(code, text).to.equal(1);
        expect(stderr).to.include(text);
        expect(existsSync(join(cwd, "node")), text).to.equal(false);
      }
    }));
});

describe("pleiad node status", () => {
  it("says of a node whose daemon is not there that it does not run, and ends with 1", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "pleiad.yaml"), "");
      const { code, stdout } = await callCli(["node", "status"], { cwd });
      expect(code).to.equal(1);
      expect(stdout).to.include("does not run");
    }));

  it("says why a daemon stopped, in the daemon's own words", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "pleiad.yaml"), "");
      const error = { code: "CONTRACT_MISSING", message: "no contract at 0x1" };
      writeFileSync(join(cwd, "daemon.json"), JSON.stringify({ state: "failed", pid: 1, error }));
      const { stdout } = await callCli(["node", "status"], { cwd });
      expect(stdout).to.include("stopped with CONTRACT_MISSING: no contract at 0x1");
    }));

  it("register names the key of the configuration where the contracts are not to be found", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "pleiad.yaml"), "", { mode: 0o600 });
      const { code, stdout } = await callCli(["node", "register", "--json"], { cwd });
      expect(code).to.equal(1);
      const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
      expect(error.code).to.equal("DEPLOYMENT_UNREADABLE");
      expect(error.hint).to.include("chain.contracts");
    }));

  it("refuses a folder that is no node's", () =>
    withFolder(async (cwd) => {
      const { code, stderr } = await callCli(["node", "status", "x"], { cwd });
      expect(code).to.equal(1);
      expect(stderr).to.include("holds no pleiad.yaml").and.to.include("DAEMON_FOLDER_UNKNOWN");
    }));
});

describe("pleiad doctor", () => {
  it("finds nothing wrong with a machine on which nothing has been set up", () =>
    withFolder(async (cwd) => {
      const { ran, answer } = await doctor([], cwd);
      expect(answer.ok, ran.stdout).to.equal(true);
      expect(ran.code).to.equal(0);
      for (const name of ["Node.js", "packages", "anvil", "disk"]) {
        expect(findingsOf(answer, name)[0]?.outcome, name).to.match(/ok|warning/);
      }
      expect(findingsOf(answer, "data folder")[0]?.text).to.include("pleiad up makes one");
    }));

  it("finds nothing wrong with what init wrote, though nothing of it runs yet", () =>
    withFolder(async (cwd) => {
      await callCli(["init"], { cwd });
      const { ran, answer } = await doctor([], cwd);
      expect(ran.code, ran.stdout).to.equal(0);
      expect(findingsOf(answer, "node key")[0]?.text).to.include("pleiad node init");
      expect(findingsOf(answer, "RPC endpoint")[0]?.outcome).to.match(/ok|warning/);
    }));

  it("names the wrong key of a configuration, with its line", () =>
    withFolder(async (cwd) => {
      writeFileSync(join(cwd, "pleiad.yaml"), "chain:\n  rpcUrl: http://x\n", { mode: 0o600 });
      const { ran, answer } = await doctor([], cwd);
      expect(ran.code).to.equal(1);
      const [finding] = findingsOf(answer, "configuration");
      expect(finding?.outcome).to.equal("wrong");
      expect(finding?.text).to.include("pleiad.yaml:2").and.to.include("did you mean chain.rpcUrls?");
    }));

  it("finds an unreachable chain, a missing program, an open key file, a taken port", () =>
    withFolder(async (cwd) => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const { port } = server.address() as { port: number };
      try {
        writeFileSync(
          join(cwd, "pleiad.yaml"),
          `chain: { rpcUrls: [${NOWHERE}] }
models: { 1: { service: reader } }
services: { reader: { kind: command, program: /no/such/program } }
api: { port: ${port} }
network: { listenPort: 0 }
`,
          { mode: 0o600 },
        );
        writeFileSync(join(cwd, "keystore.json"), "{}");
        chmodSync(join(cwd, "keystore.json"), 0o644);
        const { ran, answer } = await doctor([], cwd);
        expect(ran.code).to.equal(1);
        const wrong = (name: string) => findingsOf(answer, name)[0];
        expect(wrong("RPC endpoint")).to.include({ outcome: "wrong" });
        expect(wrong("service reader")?.text).to.include("/no/such/program");
        expect(wrong("key files")?.hint).to.equal(`chmod 600 ${join(cwd, "keystore.json")}`);
        expect(wrong("ports")).to.include({ outcome: "warning" });
      } finally {
        server.close();
      }
    }));

  it("finds a keystore whose password the daemon will not find", () =>
    withFolder(async (cwd) => {
      await callCli(["node", "init", "--password-env", "SECRET"], { cwd, env: { SECRET: "hunter2hunter2" } });
      const named = await doctor([], cwd);
      expect(findingsOf(named.answer, "password")).to.deep.equal([]);
      const path = join(cwd, "pleiad.yaml");
      const text = readFileSync(path, "utf8");
      expect(text).to.match(/^ *passwordEnv:/m);
      writeFileSync(path, text.replace(/^ *passwordEnv:.*$/m, ""));
      const { ran, answer } = await doctor([], cwd);
      expect(ran.code).to.equal(1);
      const [finding] = findingsOf(answer, "password");
      expect(finding?.outcome).to.equal("wrong");
      expect(finding?.hint).to.include("node.passwordFile").and.to.include(path);
    }));

  it("says what it found in plain words, and what to do", () =>
    withFolder(async (cwd) => {
      const { code, stdout } = await runCli(["doctor", "--rpc", NOWHERE], { cwd });
      expect(code).to.equal(1);
      expect(stdout)
        .to.match(/WRONG +RPC endpoint/)
        .and.to.include("→ ")
        .and.to.include("1 thing is wrong.");
    }));

  it("finds a data folder that others may write in", () =>
    withFolder(async (cwd) => {
      mkdirSync(join(cwd, ".pleiad"));
      chmodSync(join(cwd, ".pleiad"), 0o777);
      const { answer } = await doctor([], cwd);
      expect(findingsOf(answer, "data folder")[0]?.hint).to.include("chmod go-w");
    }));
});
