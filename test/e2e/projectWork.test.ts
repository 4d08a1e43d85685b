import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { type Address, keccak256, stringToBytes, zeroHash } from "viem";
import { loadConfig } from "../../node/src/config/load.ts";
import { type Daemon, startDaemon } from "../../node/src/local/daemon.ts";
import { daemonClient } from "../../node/src/local/daemonClient.ts";
import { freePort } from "../../node/src/local/ports.ts";
import { decodeEvidence } from "../../sdk/src/actions/decodeEvidence.ts";
import { decodeProjectAnswer } from "../../sdk/src/actions/decodeProjectAnswer.ts";
import { evidenceDigest } from "../../sdk/src/actions/evidenceDigest.ts";
import { execute } from "../../sdk/src/actions/execute.ts";
import { waitForResponse } from "../../sdk/src/actions/waitForResponse.ts";
import { type LocalChain, startChain, walletOf } from "../fixtures/chain.ts";
import {
  PASSWORD,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { temporaryFolder } from "../fixtures/pleiad.ts";
import { processesOf } from "../fixtures/processes.ts";
import { until } from "../fixtures/until.ts";

const AGENT = join(import.meta.dirname, "../fixtures/fakeAcpAgent.mjs");
const REPOSITORY_BYTES_MAX = 262_144;

describe("a coding agent that answers a task of an execution", function () {
  this.timeout(90_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let chain: LocalChain;
  let operator: TestOperator;
  let coders: bigint;
  let pair: bigint;
  let daemon: Daemon;
  let data: string;
  let project: string;
  /** Repositories of others: below a folder that the operator lists. */
  let shelf: string;

  before(async () => {
    folder = temporaryFolder();
    data = join(folder.path, "operator");
    project = repository(join(folder.path, "app"), { "README.md": "the project\n" });
    repository(join(folder.path, "closed"), { "README.md": "nobody's business\n" });
    shelf = join(folder.path, "shelf");
    mkdirSync(shelf);
    const lib = repository(join(shelf, "lib"), { "lib.txt": "one\n" });
    git(lib, "checkout", "--quiet", "-b", "next");
    commit(lib, { "lib.txt": "two\n" });
    git(lib, "checkout", "--quiet", "main");
    chain = await startChain();
    operator = await registerOperator(chain, ["coder", "talker"]);
    coders = await publishCluster(operator, "coders", ["coder"]);
    pair = await publishCluster(operator, "pair", ["coder", "talker"]);
    const path = await writeOperatorFolder(
      data,
      operator,
      {
        coder: {
          kind: "acp",
          program: process.execPath,
          args: [AGENT, JSON.stringify({ always: "lines" })],
        },
        // What it is asked is its answer.
        talker: { kind: "command", program: "cat" },
      },
      {
        network: { enabled: true, listenPort: await freePort(0) },
        jobs: { attemptsMax: 1 },
        folders: {
          projects: { app: project, closed: join(folder.path, "closed") },
          requesters: ["app"],
          withoutSandbox: true,
          repositories: [`${shelf}/`, "https://127.0.0.1/listed/"],
          repositoryBytesMax: REPOSITORY_BYTES_MAX,
        },
        approvals: { rules: [{ tool: "*", pattern: "*never*", answer: "rejectOnce" }] },
      },
    );
    const config = await loadConfig(path);
    daemon = await startDaemon(
      { config, password: PASSWORD },
      { logger: pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" }) },
    );
  });
  after(async () => {
    await daemon?.stop();
    await chain?.stop();
    expect(processesOf(folder.path), "processes that were left").to.deep.equal([]);
    await folder[Symbol.asyncDispose]();
  });

  /** Git as the user of a repository has it, without what this machine's user has configured. */
  function git(at: string, ...args: readonly string[]): string {
    const environment = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", HOME: folder.path };
    return execFileSync("git", args, { cwd: at, env: environment, encoding: "utf8" });
  }

  function repository(at: string, files: Readonly<Record<string, string>>): string {
    mkdirSync(at);
    git(at, "init", "--quiet", "--initial-branch", "main");
    commit(at, files);
    return at;
  }

  function commit(at: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
    git(at, "add", ".");
    git(at, "-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "Work");
  }

  const wallet = () => walletOf(chain, REQUESTER);
  const client = () =>
    daemonClient({ apiUrl: daemon.apiUrl, apiToken: readFileSync(join(data, "api.token"), "utf8").trim() });

  async function ask(input: string, cluster = coders): Promise<bigint> {
    const { deployment } = operator;
    return (await execute(wallet(), { deployment, cluster, input })).execution;
  }

  const answered = (execution: bigint) =>
    waitForResponse(wallet(), {
      deployment: operator.deployment,
      execution,
      timeoutMs: 30_000,
      pollingIntervalMs: 100,
      fetchBlob: ({ digest }) => client().getBlob(digest),
    });

  async function failure(input: string): Promise<{ readonly code: string; readonly message: string }> {
    const execution = await ask(input);
    return until(`execution ${execution} fails`, async () => {
      const [job] = (await client().execution(execution)).jobs;
      return job?.state === "failed" && job.end !== null ? job.end : undefined;
    });
  }

  const copies = () => readdirSync(join(data, "job-folders", "trees"));

  it("works in a copy of a repository that is offered, and answers with its summary, the diff, and evidence that the chain vouches for", async () => {
    const before = git(project, "status", "--porcelain", "--branch");
    const execution = await ask("repository: app\n\nDO write hello.txt hi\nDO say and that is all");
    const { response, completions } = await answered(execution);
    const answer = decodeProjectAnswer(response);
    if (answer === undefined) throw new Error(`no project's answer: ${new TextDecoder().decode(response)}`);
    expect(answer.summary).to.contain("wrote hello.txt").and.to.contain("and that is all");
    expect(answer.base).to.equal(git(project, "rev-parse", "HEAD").trim());
    expect(answer.diff).to.match(/^diff --git a\/hello\.txt b\/hello\.txt\nnew file mode 100644\n/);
    expect(answer.diff).to.contain("+hi");
    git(project, "apply", "--check", writeDiff(answer.diff));
    const [completion] = completions;
    expect(completion?.evidenceDigest).not.to.equal(zeroHash);
    const bytes = await client().getBlob(completion?.evidenceDigest ?? zeroHash);
    expect(evidenceDigest(bytes)).to.equal(completion?.evidenceDigest);
    const evidence = decodeEvidence(bytes);
    expect(evidence).to.deep.include({ execution, task: 0, node: daemon.node, model: "fake-small" });
    expect(evidence.outputDigest).to.equal(completion?.outputDigest);
    expect(evidence.work?.diffDigest).to.equal(keccak256(stringToBytes(answer.diff)));
    expect(evidence.work).to.deep.include({ base: answer.base, files: 1 });
    expect(evidence.durationMs).to.be.greaterThan(0);
    expect(git(project, "status", "--porcelain", "--branch"), "the project itself").to.equal(before);
    expect(git(project, "for-each-ref", "refs/pleiad"), "refs left").to.equal("");
    expect(copies(), "copies left").to.deep.equal([]);
  });

  it("works on a repository of others that is listed, from the branch that is named, and again from what it kept", async () => {
    for (const [base, text] of [
      ["next", "two"],
      ["main", "one"],
      ["next", "two"],
    ]) {
      const url = `file://${shelf}/lib`;
      const { response } = await answered(
        await ask(`repository: ${url}\nbase: ${base}\n\nDO write lib.txt three`),
      );
      expect(decodeProjectAnswer(response)?.diff).to.contain(`-${text}\n+three`);
    }
    expect(readdirSync(join(data, "repositories", "clones"))).to.have.lengthOf(2);
    expect(copies(), "copies left").to.deep.equal([]);
  });

  it("hands the diff to the next task's agent, with the summary", async () => {
    const { text } = await answered(await ask("repository: app\n\nDO write hello.txt hi", pair));
    expect(text).to.contain("wrote hello.txt").and.to.contain("+++ b/hello.txt");
  });

  it("works in an empty folder where no repository is named, and never waits for leave", async () => {
    const { text, completions } = await answered(await ask("DO ask to do it\nDO write a.txt a"));
    expect(text).to.contain("chosen: no").and.to.contain("wrote a.txt");
    expect(text).not.to.contain("<<<PLEIAD");
    expect(completions[0]?.evidenceDigest).not.to.equal(zeroHash);
  });

  it("has the workspace's tools while it works, as the agent that it is and for whoever asked, and no token after", async () => {
    const order = JSON.stringify({ text: "the build needs Node 24" });
    const { text } = await answered(await ask(`DO call pleiad remember ${order}`));
    expect(text).to.contain("the build needs Node 24").and.to.contain("agent:");
    const user = wallet().account.address.toLowerCase() as Address;
    const { memories } = (await daemon.workspace
      ?.as({ kind: "user", cluster: coders, user })
      .recall({ query: "build" })) ?? { memories: [] };
    expect(memories.map(({ author }) => author.kind)).to.deep.equal(["agent"]);
    expect(readdirSync(join(data, "workspace-tokens")), "tokens left").to.deep.equal([]);
  });

  it("says that nothing was changed, where nothing was", async () => {
    const { response } = await answered(await ask("repository: app\n\nDO say all is well"));
    expect(decodeProjectAnswer(response)).to.deep.include({ summary: "all is well", diff: "" });
  });

  const refused: Readonly<Record<string, readonly [input: () => string, code: string]>> = {
    "a project that is not offered": [() => "repository: closed\n\nx", "REPOSITORY_UNKNOWN"],
    "a path": [() => `repository: ${project}\n\nx`, "REPOSITORY_URL_REFUSED"],
    "a way up": [() => "repository: ../app\n\nx", "REPOSITORY_URL_REFUSED"],
    "an unlisted URL": [() => "repository: https://example.org/a.git\n\nx", "REPOSITORY_UNLISTED"],
    "a URL that leaves what is listed": [
      () => "repository: https://127.0.0.1/listed/../secret\n\nx",
      "REPOSITORY_URL_REFUSED",
    ],
    "a URL with a password": [
      () => "repository: https://a:b@127.0.0.1/listed/x\n\nx",
      "REPOSITORY_URL_REFUSED",
    ],
    "a file that is not listed": [() => `repository: file://${project}\n\nx`, "REPOSITORY_UNLISTED"],
    "a link out of what is listed": [() => `repository: file://${shelf}/out\n\nx`, "REPOSITORY_UNLISTED"],
    "a program as a transport": [() => "repository: ext::sh -c id\n\nx", "REPOSITORY_HEADER_INVALID"],
    "the same without spaces": [() => "repository: ext::id\n\nx", "REPOSITORY_URL_REFUSED"],
    ssh: [() => "repository: ssh://-oProxyCommand=id/x\n\nx", "REPOSITORY_URL_REFUSED"],
    "an option in place of a URL": [() => "repository: --upload-pack=id\n\nx", "REPOSITORY_URL_REFUSED"],
    "an option in place of a base": [
      () => "repository: app\nbase: --upload-pack=id\n\nx",
      "REPOSITORY_BASE_INVALID",
    ],
    "a refspec in place of a base": [
      () => "repository: app\nbase: main:refs/heads/main\n\nx",
      "REPOSITORY_BASE_INVALID",
    ],
    "a base that is not there": [() => "repository: app\nbase: nowhere\n\nx", "REPOSITORY_BASE_UNKNOWN"],
    "a base that others do not have": [
      () => `repository: file://${shelf}/lib\nbase: nowhere\n\nx`,
      "REPOSITORY_BASE_UNKNOWN",
    ],
    "more than it says of a repository": [
      () => "repository: app\nrepository: closed\n\nx",
      "REPOSITORY_HEADER_INVALID",
    ],
    "a repository that is too large": [
      () => `repository: file://${shelf}/large\n\nx`,
      "REPOSITORY_TOO_LARGE",
    ],
    "a repository that is no repository": [
      () => `repository: file://${shelf}/empty\n\nx`,
      "REPOSITORY_UNREACHABLE",
    ],
  };
  it("refuses what its operator did not open, and what is no name, each with its own code", async () => {
    symlinkSync(project, join(shelf, "out"));
    mkdirSync(join(shelf, "empty"));
    // Small as it comes, large once it is there.
    const large = repository(join(shelf, "large"), { "a.txt": "" });
    truncateSync(join(large, "a.txt"), 4 * REPOSITORY_BYTES_MAX);
    commit(large, {});
    const found: Record<string, string> = {};
    for (const [what, [input]] of Object.entries(refused)) found[what] = (await failure(input())).code;
    const expected = Object.fromEntries(Object.entries(refused).map(([what, [, code]]) => [what, code]));
    expect(found).to.deep.equal(expected);
    expect(copies(), "copies left").to.deep.equal([]);
  });

  it("starts no program that a repository names, by its settings, hooks or attributes", async () => {
    const trap = join(folder.path, "trapped");
    const set = `sh -c 'echo x >> ${trap}'`;
    for (const at of [project, join(shelf, "lib")]) {
      for (const key of [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "diff.external",
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "uploadpack.packObjectsHook",
        "credential.helper",
      ])
        git(at, "config", key, set);
      for (const hook of ["post-checkout", "pre-commit", "reference-transaction", "post-index-change"])
        writeFileSync(join(at, ".git", "hooks", hook), `#!/bin/sh\necho x >> ${trap}\n`, { mode: 0o755 });
    }
    const attributes = "* filter=evil diff=evil\n";
    commit(repository(join(shelf, "trap"), { ".gitattributes": attributes, "a.txt": "a\n" }), {
      "b.txt": "b\n",
    });
    for (const named of ["app", `file://${shelf}/lib`, `file://${shelf}/trap`]) {
      const { response } = await answered(await ask(`repository: ${named}\n\nDO write new.txt new`));
      expect(decodeProjectAnswer(response)?.diff, named).to.contain("+new");
    }
    expect(() => readFileSync(trap), "what a program would have written").to.throw(/ENOENT/);
  });

  function writeDiff(diff: string): string {
    const path = join(folder.path, "answer.diff");
    writeFileSync(path, diff);
    return path;
  }
});
