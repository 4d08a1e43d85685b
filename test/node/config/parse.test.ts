import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { zeroAddress } from "viem";
import { stringify } from "yaml";
import { defaultOf, fieldsOf } from "../../../node/src/config/fields.ts";
import { CONFIG_CHARS_MAX, defaultConfig, parseConfig } from "../../../node/src/config/parse.ts";
import { BOOTSTRAP_MAX, MODELS_MAX, RPC_URLS_MAX, SERVICES_MAX } from "../../../node/src/config/schemas.ts";
import { CONFIG_TABLE } from "../../../node/src/config/table.ts";
import { failureOf } from "./helpers.ts";

const SEED = 20_260_107;
const FILE = "/data/pleiad.yaml";
const parse = (text: string) => parseConfig(text, FILE);
/** The one line that stops the start, without the file's name. */
const lineOf = (text: string) => failureOf(() => parse(text), "CONFIG_INVALID").message.replace(FILE, "");

const COMMAND = "{ kind: command, program: /bin/cat }";
const PEER = "/ip4/192.0.2.1/tcp/9317/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
const TOKEN = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const LARGEST_ID = (2n ** 256n - 1n).toString();

describe("configuration", () => {
  it("is complete when its file is empty: a node of the local chain", () => {
    const config = defaultConfig("/data");
    expect(config).to.deep.equal(parse(""));
    expect(config).to.deep.equal(parse("# nothing but a comment\n"));
    expect(config).to.deep.equal(parse("chain:\nnode:\n"));
    expect(config.dataFolder).to.equal("/data");
    expect(config.chain).to.deep.equal({
      rpcUrls: ["http://127.0.0.1:8545"],
      wsUrl: null,
      chainId: 31337,
      contracts: "/data/deployment.json",
      pollIntervalMs: 1000,
      finality: 0,
      agreement: null,
      pageAccount: null,
      finalDepth: 6,
    });
  });

  it("waits for more blocks on a public chain, unless told", () => {
    const { chain } = parse("chain: { chainId: 11155111 }");
    expect([chain.finality, chain.finalDepth]).to.deep.equal([3, 64]);
    const told = parse("chain: { chainId: 11155111, finality: latest, finalDepth: 10 }");
    expect([told.chain.finality, told.chain.finalDepth]).to.deep.equal([0, 10]);
    for (const finality of ["safe", "finalized"])
      expect(parse(`chain: { finality: ${finality}, finalDepth: 0 }`).chain.finality).to.equal(finality);
  });

  it("has a default for every key that its own schema takes, or that stands for absence", () => {
    for (const [name, described] of fieldsOf(CONFIG_TABLE)) {
      for (const chainId of [1, 31337]) {
        const value = defaultOf(described, chainId);
        const written =
          value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : value;
        const parsed = described.schema.safeParse(written);
        expect(parsed.success, name).to.equal(true);
        expect(parsed.data, name).to.deep.equal(value);
      }
    }
  });

  it("takes a file that says everything", () => {
    const config = parse(`
chain:
  rpcUrls: [https://a.example/KEY, http://b.example]
  wsUrl: wss://a.example/KEY
  chainId: 1
  contracts:
    permissionRegistry: 0x5FbDB2315678afecb367f032d93F642f64180aa2
    nodeRegistry: 0x0000000000000000000000000000000000000001
    modelRegistry: 0x5FbDB2315678afecb367f032d93F642f64180aa3
    agentRegistry: "0x5FbDB2315678afecb367f032d93F642f64180aa4"
    clusterRegistry: 0x5FbDB2315678afecb367f032d93F642f64180aa5
    clusterExecutions: 0x5FbDB2315678afecb367f032d93F642f64180aa6
  pollIntervalMs: 500
  finality: 5
  finalDepth: 100
node: { id: ${LARGEST_ID}, keystore: keys/node.json, passwordFile: /run/secrets/password }
submitter:
  feeGweiMax: 50.5
  etherPerDayMax: 0.25
  otherPercentMax: 0
  raiseAfterMs: 5000
  foreignNonces: adopt
  priorityFeeGwei: 0
  gasKeystore: keys/gas.json
  gasPasswordEnv: GAS_PASSWORD
models:
  0: { service: reader }
  ${LARGEST_ID}: { service: chat }
services:
  reader: ${COMMAND}
  chat: { kind: http, baseUrl: "http://127.0.0.1:11434/v1", model: llama, timeoutMs: 1000 }
jobs: { parallelMax: 2, attemptsMax: 1, leaseMs: 400000, reportFailures: false,
  currencies: [native, 0x5FbDB2315678afecb367f032d93F642f64180aa3],
  priceWeiMin: { native: 10, 0x5FbDB2315678afecb367f032d93F642f64180aa3: 79228162514264337593543950335 },
  tipShareBps: 10000, proveEquivocations: false, deliverCallbacks: true, inputBytesMax: 0, clusters: [1, 340282366920938463463374607431768211456] }
network: { enabled: false, listenHost: "::", listenPort: 0, bootstrap: [${PEER}] }
api: { host: "::1", port: 0, tokenFile: /run/token }
store: { blobBytesTotalMax: 2000000 }
log: { level: debug }
`);
    expect(config.chain.rpcUrls).to.deep.equal(["https://a.example/KEY", "http://b.example"]);
    expect(config.chain.wsUrl).to.equal("wss://a.example/KEY");
    expect(config.chain.contracts).to.include({
      permissionRegistry: "0x5FbDB2315678afecb367f032d93F642f64180aa2",
      nodeRegistry: "0x0000000000000000000000000000000000000001",
      modelRegistry: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    });
    expect(config.node).to.deep.equal({
      id: 2n ** 256n - 1n,
      keystore: "/data/keys/node.json",
      passwordFile: "/run/secrets/password",
      passwordEnv: null,
    });
    expect(config.submitter).to.deep.equal({
      feeGweiMax: 50.5,
      etherPerDayMax: 0.25,
      otherPercentMax: 0,
      raiseAfterMs: 5_000,
      foreignNonces: "adopt",
      priorityFeeGwei: 0,
      gasKeystore: "/data/keys/gas.json",
      gasPasswordFile: null,
      gasPasswordEnv: "GAS_PASSWORD",
    });
    expect([...config.models]).to.deep.equal([
      [0n, { service: "reader" }],
      [2n ** 256n - 1n, { service: "chat" }],
    ]);
    expect(config.services.get("reader")).to.include({
      kind: "command",
      program: "/bin/cat",
      timeoutMs: 300_000,
    });
    expect(config.services.get("chat")).to.include({ kind: "http", model: "llama", timeoutMs: 1_000 });
    expect(config.jobs).to.deep.equal({
      parallelMax: 2,
      attemptsMax: 1,
      leaseMs: 400_000,
      reportFailures: false,
      currencies: new Set([zeroAddress, TOKEN]),
      priceWeiMin: new Map([
        [zeroAddress, 10n],
        [TOKEN, 2n ** 96n - 1n],
      ]),
      tipShareBps: 10_000,
      proveEquivocations: false,
      deliverCallbacks: true,
      inputBytesMax: 0,
      clusters: new Set([1n, 2n ** 128n]),
    });
    expect(config.network.bootstrap).to.deep.equal([PEER]);
    expect(config.api).to.deep.equal({ host: "::1", port: 0, tokenFile: "/run/token" });
  });

  it("works for the chain's own currency alone, unless told", () => {
    const { jobs } = defaultConfig("/data");
    expect(jobs.currencies).to.deep.equal(new Set([zeroAddress]));
    expect([jobs.priceWeiMin.size, jobs.inputBytesMax, jobs.clusters]).to.deep.equal([0, 1_048_576, null]);
    expect(parse("jobs: { currencies: any }").jobs.currencies).to.equal("any");
    expect(parse("jobs: { priceWeiMin: 7 }").jobs.priceWeiMin).to.deep.equal(new Map([[zeroAddress, 7n]]));
  });

  it("refuses currencies, prices and clusters that are none", () => {
    expect(lineOf("jobs: { currencies: [] }")).to.include("jobs.currencies: [] given");
    expect(lineOf("jobs: { currencies: [ether] }")).to.include('expected "any"');
    expect(lineOf(`jobs: { priceWeiMin: ${2n ** 96n} }`)).to.include("expected a whole number");
    expect(lineOf("jobs: { priceWeiMin: { ether: 1 } }")).to.include("expected a whole number");
    expect(lineOf("jobs: { clusters: [a] }")).to.include('"a" given, expected the id');
    expect(lineOf(`jobs: { priceWeiMin: { ${TOKEN}: 1 } }`)).to.include(
      "expected a currency that is among jobs.currencies",
    );
    expect(
      parse(`jobs: { currencies: any, priceWeiMin: { ${TOKEN}: 1 } }`).jobs.priceWeiMin.get(TOKEN),
    ).to.equal(1n);
  });

  it("keeps every value it is given", () => {
    const jobs = fc
      .record({
        parallelMax: fc.integer({ min: 1, max: 64 }),
        attemptsMax: fc.integer({ min: 1, max: 16 }),
        leaseMs: fc.integer({ min: 1_000, max: 90_000_000 }),
        reportFailures: fc.boolean(),
        tipShareBps: fc.integer({ min: 0, max: 10_000 }),
      })
      .map((values) => ({ jobs: values }));
    const node = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    fc.assert(
      fc.property(jobs, node, (values, id) => {
        const config = parse(`${stringify(values)}node:\n  id: ${id}\n`);
        expect(config.jobs).to.include(values.jobs);
        expect(config.node.id).to.equal(id);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it("throws its own error, of one line, whatever the file says", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json().map((json) => `chain: ${json}`),
      fc.json().map((json) => `services: { reader: ${json} }`),
      fc.json().map((json) => `models: ${json}`),
      fc
        .constantFrom("chain", "node", "jobs", "api", "log")
        .chain((name) => fc.json().map((json) => `${name}: ${json}`)),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parse(text);
        } catch {
          expect(lineOf(text)).not.to.match(/[\n\r]/);
        }
      }),
      { seed: SEED, numRuns: 400 },
    );
  });
});

describe("a wrong configuration", () => {
  /** The whole line: place, key, value given, value expected. */
  const CASES: readonly (readonly [what: string, text: string, line: string])[] = [
    [
      "an unknown key",
      "chain:\n  rpcUrl: http://127.0.0.1",
      ":2: chain.rpcUrl: unknown key, did you mean chain.rpcUrls?",
    ],
    ["an unknown section", "jbos:\n  attemptsMax: 1", ":1: jbos: unknown key, did you mean jobs?"],
    [
      "a key in the wrong place",
      "attemptsMax: 1",
      ":1: attemptsMax: unknown key here, did you mean jobs.attemptsMax?",
    ],
    [
      "a key that is like no other",
      "log:\n  telescope: 1",
      ":2: log.telescope: unknown key, expected one of log.level",
    ],
    [
      "a value of another type",
      "\n\nchain:\n  chainId: mainnet",
      ':4: chain.chainId: "mainnet" given, expected a chain id, a whole number from 1',
    ],
    [
      "a number out of its range",
      "chain: { pollIntervalMs: 49 }",
      ":1: chain.pollIntervalMs: 49 given, expected a whole number from 50 to 60000",
    ],
    [
      "a fraction where none can be",
      "jobs: { attemptsMax: 1.5 }",
      ":1: jobs.attemptsMax: 1.5 given, expected a whole number from 1 to 16",
    ],
    [
      "an empty value",
      "chain:\n  chainId:\n",
      ":2: chain.chainId: nothing given, expected a chain id, a whole number from 1",
    ],
    ["a number for a section", "chain: 5", ':1: chain: 5 given, expected keys such as "rpcUrls:" below it'],
    ["a list for everything", "- chain", ': ["chain"] is no configuration, expected keys such as "chain:"'],
    [
      "an API that other machines could reach",
      "api: { host: 0.0.0.0 }",
      ':1: api.host: "0.0.0.0" given, expected "127.0.0.1", "::1" or "localhost"',
    ],
    [
      "an address that is none",
      "chain:\n  contracts:\n    nodeRegistry: 0x12\n",
      ':3: chain.contracts.nodeRegistry: "0x12" given, expected an address, 0x and 40 hex digits (and 5 more)',
    ],
    [
      "a service of an unknown kind",
      "services:\n  reader:\n    kind: comand",
      ':3: services.reader.kind: "comand" given, expected "command" or "http"',
    ],
    [
      "a misspelt key of a service, and not that the right one is missing",
      "services:\n  reader:\n    kind: command\n    programm: cat",
      ":4: services.reader.programm: unknown key, did you mean program?",
    ],
    [
      "a service without a key that it needs",
      "services:\n  reader:\n    kind: command\n",
      ":2: services.reader.program: nothing given, expected text",
    ],
    [
      "a program by a relative path",
      "services:\n  reader: { kind: command, program: bin/cat }",
      ':2: services.reader.program: "bin/cat" given, expected an absolute path, or a bare name that is looked up in PATH',
    ],
    [
      "a service's name with capitals",
      `services:\n  Reader: ${COMMAND}`,
      ':2: services.Reader: "Reader" given, expected a name of small letters, digits and -, at most 31',
    ],
    [
      "a model that is no id",
      "models:\n  reader: { service: reader }",
      ':2: models.reader: "reader" given, expected the id of a model, a whole number, as key',
    ],
    [
      "one model under two spellings",
      `models:\n  3: { service: reader }\n  "03": { service: reader }\nservices: { reader: ${COMMAND} }`,
      ':3: models.03: "03" given, expected the id of a model, a whole number, as key',
    ],
    [
      "a peer without its id",
      "network: { bootstrap: [/ip4/192.0.2.1/tcp/9317] }",
      ':1: network.bootstrap.0: "/ip4/192.0.2.1/tcp/9317" given, expected a multiaddress such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...',
    ],
    [
      "a key given twice",
      "log: { level: info }\nlog: { level: warn }",
      ":2: no YAML as expected: Map keys must be unique",
    ],
    [
      "an alias",
      "chain: &a\n  chainId: 1\nnode: *a",
      ":3: no YAML as expected: aliases (*) are not used here",
    ],
    [
      "a key that could touch every object",
      "__proto__: { chainId: 1 }",
      ":1: no YAML as expected: no key is called __proto__",
    ],
    [
      "a key by its former name",
      "chain: { confirmations: 2 }",
      ":1: chain.confirmations: is now called chain.finality",
    ],
    [
      "a finality that no chain knows",
      "chain: { finality: sure }",
      ':1: chain.finality: "sure" given, expected "latest", "safe", "finalized" or a whole number from 0 to 100',
    ],
    ["a list as a key", "? [a]\n: b", ":1: no YAML as expected: a key must be plain text"],
  ];

  for (const [what, text, line] of CASES) {
    it(`is named in one line: ${what}`, () => {
      expect(lineOf(text)).to.equal(line);
    });
  }

  /** Relations between keys. */
  const RELATION_CASES: readonly (readonly [what: string, text: string, line: string])[] = [
    [
      "an account for the page on a chain that is none of this machine's",
      `chain: { chainId: 1, pageAccount: "${TOKEN}" }`,
      `:1: chain.pageAccount: "${TOKEN}" given, expected it absent, or chain.chainId 31337 and chain.rpcUrls on this machine`,
    ],
    [
      "an account for the page behind a provider elsewhere",
      `chain: { rpcUrls: ["http://203.0.113.1:8545"], pageAccount: "${TOKEN}" }`,
      `:1: chain.pageAccount: "${TOKEN}" given, expected it absent, or chain.chainId 31337 and chain.rpcUrls on this machine`,
    ],
    [
      "final before it is acted on",
      "chain: { finality: 10, finalDepth: 9 }",
      ":1: chain.finalDepth: 9 given, expected at least chain.finality (10)",
    ],
    [
      "more agreement than there are providers",
      "chain: { rpcUrls: [http://a, http://b], agreement: 3 }",
      ":1: chain.agreement: 3 given, expected at most the number of chain.rpcUrls (2)",
    ],
    [
      "a provider that would vouch for itself",
      "chain: { rpcUrls: [https://a.example/KEY, http://b, HTTPS://A.example:443/KEY] }",
      ":1: chain.rpcUrls: 3 given, expected each provider once (2): one that stands there twice would vouch for itself",
    ],
    [
      "providers that the command line cannot ask",
      "chain: { rpcUrls: [wss://a] }",
      ":1: chain.rpcUrls: 0 given, expected at least one http or https URL",
    ],
    [
      "a tip above the highest fee",
      "submitter: { feeGweiMax: 1, priorityFeeGwei: 2 }",
      ":1: submitter.priorityFeeGwei: 2 given, expected at most submitter.feeGweiMax (1)",
    ],
    [
      "a model with more jobs than all together",
      "{ jobs: { parallelMax: 2 }, services: { s: { kind: command, program: /bin/cat } }, models: { 1: { service: s, parallelMax: 3 } } }",
      ":1: models.1.parallelMax: 3 given, expected at most jobs.parallelMax (2)",
    ],
    [
      "two places for one password",
      "node: { passwordFile: p, passwordEnv: P }",
      ':1: node.passwordEnv: "P" given, expected it absent beside node.passwordFile',
    ],
    [
      "two places for the gas password",
      "submitter: { gasKeystore: k, gasPasswordFile: p, gasPasswordEnv: P }",
      ':1: submitter.gasPasswordEnv: "P" given, expected it absent beside submitter.gasPasswordFile',
    ],
    [
      "a gas password without its keystore",
      "submitter: { gasPasswordEnv: P }",
      ':1: submitter.gasPasswordEnv: "P" given, expected submitter.gasKeystore beside it',
    ],
    [
      "vectors from a service that is a program",
      `workspace: { embeddings: reader }\nservices: { reader: ${COMMAND} }`,
      ':1: workspace.embeddings: "reader" given, expected the name of a service of kind http in services, of another api than anthropic',
    ],
    [
      "vectors from a service whose API has none",
      "workspace: { embeddings: writer }\nservices: { writer: { kind: http, baseUrl: 'http://127.0.0.1:1/v1', model: m, api: anthropic } }",
      ':1: workspace.embeddings: "writer" given, expected the name of a service of kind http in services, of another api than anthropic',
    ],
    [
      "a model on a service that is not there",
      `models:\n  3:\n    service: raeder\nservices:\n  reader: ${COMMAND}`,
      ':3: models.3.service: "raeder" given, expected the name of one of services; did you mean "reader"?',
    ],
    [
      "an agent that may outlive its lease",
      "jobs: { leaseMs: 5000 }\nservices:\n  reader: { kind: command, program: cat, timeoutMs: 5000 }",
      ":3: services.reader.timeoutMs: 5000 given, expected less than jobs.leaseMs (5000)",
    ],
    [
      "an agent's default limit that may outlive its lease",
      `jobs: { leaseMs: 5000 }\nservices:\n  reader: ${COMMAND}`,
      ":3: services.reader.timeoutMs: 300000 given, expected less than jobs.leaseMs (5000)",
    ],
    [
      "one port for two servers",
      "network: { listenPort: 7317 }",
      ": api.port: 7317 given, expected another port than network.listenPort",
    ],
    [
      "one file for two purposes",
      "api: { tokenFile: ./keystore.json }",
      ':1: api.tokenFile: "/data/keystore.json" given, expected another file than node.keystore',
    ],
  ];

  for (const [what, text, line] of RELATION_CASES) {
    it(`is named in one line: ${what}`, () => {
      expect(lineOf(text)).to.equal(line);
    });
  }

  it("may share a password file between two keystores, and a port with a network that is off", () => {
    parse("node: { passwordFile: p }\nsubmitter: { gasKeystore: k, gasPasswordFile: p }");
    parse("network: { enabled: false, listenPort: 7317 }");
  });

  it("tells every mistake in its details, in the order of the file", () => {
    const error = failureOf(
      () => parse("log: { level: loud }\njobs:\n  attemptsMax: 0\n  leaseMs: 1\n"),
      "CONFIG_INVALID",
    );
    expect(error.message).to.match(/\(and 2 more\)$/);
    expect(error.details.problems).to.deep.equal([
      `${FILE}:1: log.level: "loud" given, expected "trace", "debug", "info", "warn", "error", "fatal" or "silent"`,
      `${FILE}:3: jobs.attemptsMax: 0 given, expected a whole number from 1 to 16`,
      `${FILE}:4: jobs.leaseMs: 1 given, expected a whole number from 1000 to 90000000`,
    ]);
    expect(error.retryable).to.equal(false);
    expect(error.hint).to.contain("docs/config.md");
  });

  it("never shows a secret", () => {
    const canary = "canary-5f1d";
    for (const text of [
      `chain: { rpcUrls: [ftp://host/${canary}] }`,
      `chain: { rpcUrls: ${canary} }`,
      `chain: { wsUrl: https://host/${canary} }`,
      `chain: { rpcUrls: [https://a.example/${canary}, 5] }`,
      `services: { reader: { kind: command, program: cat, args: [--key, { ${canary}: 1 }] } }`,
    ]) {
      const error = failureOf(() => parse(text), "CONFIG_INVALID");
      expect(JSON.stringify([error.message, error.details, error.hint]), text).not.to.contain(canary);
    }
  });

  it("keeps control characters of a key off the terminal", () => {
    expect(lineOf('"a\\nb\\u001b[31m": 1')).to.match(/^:1: a\?b\?\[31m: unknown key/);
  });

  for (const [what, most, make] of [
    [
      "chain.rpcUrls",
      RPC_URLS_MAX,
      (n: number) =>
        `chain: { rpcUrls: [${Array.from({ length: n }, (_, index) => `http://a${index}`).join()}] }`,
    ],
    ["network.bootstrap", BOOTSTRAP_MAX, (n: number) => `network: { bootstrap: [${`${PEER},`.repeat(n)}] }`],
    [
      "services",
      SERVICES_MAX,
      (n: number) => `services:\n${Array.from({ length: n }, (_, i) => `  s${i}: ${COMMAND}\n`).join("")}`,
    ],
    [
      "models",
      MODELS_MAX,
      (n: number) =>
        `services: { s: ${COMMAND} }\nmodels:\n${Array.from({ length: n }, (_, i) => `  ${i}: { service: s }\n`).join("")}`,
    ],
  ] as const) {
    it(`is one with more than ${most} entries of ${what}`, () => {
      parse(make(most));
      expect(lineOf(make(most + 1))).to.contain(`${what}: `);
    });
  }

  it("is a file that is too large or nested too deeply", () => {
    expect(lineOf("#".repeat(CONFIG_CHARS_MAX + 1))).to.contain("characters are too many");
    expect(lineOf(`chain: ${"[".repeat(40)}${"]".repeat(40)}`)).to.contain("nested too deeply");
  });

  it("is more than one document", () => {
    expect(lineOf("log: { level: info }\n---\nlog: { level: warn }\n")).to.contain("multiple documents");
  });

  describe("a remote signer", () => {
    const ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
    const keys = (more: string) => `keys: { remoteSignerAddress: "${ADDRESS}", ${more} }`;

    it("is taken by https, on this machine by http, and elsewhere by http only where that is allowed", () => {
      for (const url of [
        "https://signer.example:9000",
        "https://user:pass%C3%A9@signer.example/path",
        "http://127.0.0.1:9000",
        "http://localhost",
        "http://[::1]:9000",
      ]) {
        expect(parse(keys(`remoteSignerUrl: "${url}"`)).keys.remoteSignerUrl, url).to.equal(url);
      }
      const allowed = parse(keys('remoteSignerUrl: "http://10.0.0.7:9000", remoteSignerPlainHttp: true'));
      expect(allowed.keys.remoteSignerPlainHttp).to.equal(true);
      expect(lineOf(keys('remoteSignerUrl: "http://10.0.0.7:9000"'))).to.equal(
        ':1: keys.remoteSignerUrl: "http to 10.0.0.7" given, expected https, or keys.remoteSignerPlainHttp: true',
      );
      expect(lineOf(keys('remoteSignerUrl: "http://127.0.0.1.example.org"'))).to.contain("expected https");
    });

    it("shows nothing of its URL in a mistake but the host", () => {
      const secret = "c4nary";
      for (const url of [
        `http://u:${secret}@10.0.0.7`,
        `ftp://u:${secret}@h`,
        `https://h?key=${secret}`,
        `https://u:%ff${secret}@h`,
      ])
        expect(lineOf(keys(`remoteSignerUrl: "${url}"`)), url).not.to.contain(secret);
    });

    it("has its address, and the address its signer; no password stands beside it", () => {
      const url = "remoteSignerUrl: https://signer.example";
      expect(lineOf(`keys: { ${url} }`)).to.contain("keys.remoteSignerAddress: null given");
      expect(lineOf(keys(""))).to.contain("expected keys.remoteSignerUrl beside it");
      expect(lineOf(`${keys(url)}\nnode: { passwordEnv: SECRET }`)).to.contain(
        'node.passwordEnv: "SECRET" given, expected it absent beside keys.remoteSignerUrl',
      );
      expect(lineOf(keys(`${url}, remoteSignerKeyFile: key.pem`))).to.contain(
        "keys.remoteSignerCertificateFile",
      );
      expect(lineOf(keys(`${url}, remoteSignerCertificateFile: cert.pem`))).to.contain(
        "keys.remoteSignerKeyFile",
      );
    });
  });
});
