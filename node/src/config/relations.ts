import { zeroAddress } from "viem";
import { didYouMean } from "./didYouMean.ts";
import { LOCAL_CHAIN_ID } from "./schemas.ts";
import type { Config } from "./table.ts";

/** The provider that commands ask, which speak HTTP alone; undefined when there is none. */
export function httpUrlOf(urls: readonly string[]): string | undefined {
  return urls.find((url) => url.startsWith("http"));
}

/** A rule over more than one key. */
export interface Relation {
  /** For the documentation. */
  readonly meaning: string;
  /** Each place where it does not hold: the key to change, what stands there, what was expected. */
  readonly violations: (config: Config) => Iterable<Violation>;
}

export interface Violation {
  readonly key: string;
  readonly given: unknown;
  readonly expected: string;
}

/** This machine, as `new URL(…).hostname` spells it. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
}

/** Say nothing without a signer. */
const REMOTE_ONLY = [
  "remoteSignerAddress",
  "remoteSignerCaFile",
  "remoteSignerCertificateFile",
  "remoteSignerKeyFile",
] as const;

/** All of them; the parser checks them after every single key was right. */
export const RELATIONS: readonly Relation[] = [
  {
    meaning:
      "`chain.finalDepth` is at least `chain.finality` where that is a number: what is final was acted on.",
    *violations({ chain }) {
      if (typeof chain.finality === "number" && chain.finalDepth < chain.finality) {
        yield {
          key: "chain.finalDepth",
          given: chain.finalDepth,
          expected: `at least chain.finality (${chain.finality})`,
        };
      }
    },
  },
  {
    meaning: "`chain.agreement` is at most the number of `chain.rpcUrls`.",
    *violations({ chain }) {
      if (chain.agreement !== null && chain.agreement > chain.rpcUrls.length) {
        yield {
          key: "chain.agreement",
          given: chain.agreement,
          expected: `at most the number of chain.rpcUrls (${chain.rpcUrls.length})`,
        };
      }
    },
  },
  {
    meaning: "No URL stands twice in `chain.rpcUrls`: what one provider says would count as what two say.",
    *violations({ chain }) {
      const different = new Set(chain.rpcUrls.map((url) => new URL(url).href)).size;
      if (different < chain.rpcUrls.length) {
        yield {
          key: "chain.rpcUrls",
          given: chain.rpcUrls.length,
          expected: `each provider once (${different}): one that stands there twice would vouch for itself`,
        };
      }
    },
  },
  {
    meaning: "One of `chain.rpcUrls` is an http or https URL: the command line asks over it.",
    *violations({ chain }) {
      if (httpUrlOf(chain.rpcUrls) === undefined) {
        yield { key: "chain.rpcUrls", given: 0, expected: "at least one http or https URL" };
      }
    },
  },
  {
    meaning: `\`chain.pageAccount\` is for the local chain ${LOCAL_CHAIN_ID} alone, whose \`chain.rpcUrls\` are on this machine.`,
    *violations({ chain }) {
      if (chain.pageAccount === null) return;
      if (chain.chainId !== LOCAL_CHAIN_ID || !chain.rpcUrls.every(isLoopbackUrl)) {
        yield {
          key: "chain.pageAccount",
          given: chain.pageAccount,
          expected: `it absent, or chain.chainId ${LOCAL_CHAIN_ID} and chain.rpcUrls on this machine`,
        };
      }
    },
  },
  {
    meaning: "`folders.requesters` names folders of `folders.projects`.",
    *violations({ folders }) {
      for (const name of folders.requesters)
        if (!folders.projects.has(name))
          yield { key: "folders.requesters", given: name, expected: "names of folders.projects" };
    },
  },
  {
    meaning: "`submitter.priorityFeeGwei` is at most `submitter.feeGweiMax`, which limits the whole fee.",
    *violations({ submitter }) {
      if (submitter.priorityFeeGwei > submitter.feeGweiMax) {
        yield {
          key: "submitter.priorityFeeGwei",
          given: submitter.priorityFeeGwei,
          expected: `at most submitter.feeGweiMax (${submitter.feeGweiMax})`,
        };
      }
    },
  },
  {
    meaning: "A keystore's password comes from a file or from a variable, not from both.",
    *violations({ node, submitter }) {
      if (node.passwordFile !== null && node.passwordEnv !== null) {
        yield {
          key: "node.passwordEnv",
          given: node.passwordEnv,
          expected: "it absent beside node.passwordFile",
        };
      }
      if (submitter.gasPasswordFile !== null && submitter.gasPasswordEnv !== null) {
        yield {
          key: "submitter.gasPasswordEnv",
          given: submitter.gasPasswordEnv,
          expected: "it absent beside submitter.gasPasswordFile",
        };
      }
    },
  },
  {
    meaning:
      "A remote signer has its address, and its address its signer; `node.passwordFile` and `node.passwordEnv` are absent beside it, as no keystore is read.",
    *violations({ node, keys }) {
      const isRemote = keys.remoteSignerUrl !== null;
      if (isRemote && keys.remoteSignerAddress === null) {
        yield {
          key: "keys.remoteSignerAddress",
          given: null,
          expected: "the address of the signer's key beside keys.remoteSignerUrl",
        };
      }
      for (const key of REMOTE_ONLY) {
        if (!isRemote && keys[key] !== null)
          yield { key: `keys.${key}`, given: keys[key], expected: "keys.remoteSignerUrl beside it" };
      }
      for (const key of ["passwordFile", "passwordEnv"] as const) {
        if (isRemote && node[key] !== null)
          yield { key: `node.${key}`, given: node[key], expected: "it absent beside keys.remoteSignerUrl" };
      }
    },
  },
  {
    meaning:
      "`keys.remoteSignerUrl` begins with https, unless the signer is on this machine (127.0.0.1, ::1 or localhost) or `keys.remoteSignerPlainHttp` is true.",
    *violations({ keys }) {
      if (keys.remoteSignerUrl === null || keys.remoteSignerPlainHttp) return;
      const { protocol, hostname } = new URL(keys.remoteSignerUrl);
      if (protocol === "http:" && !LOOPBACK.test(hostname)) {
        yield {
          key: "keys.remoteSignerUrl",
          given: `http to ${hostname}`,
          expected: "https, or keys.remoteSignerPlainHttp: true",
        };
      }
    },
  },
  {
    meaning: "A password in `tracing.otlpUrl` does not go to another machine over plain http.",
    *violations({ tracing }) {
      if (tracing.otlpUrl === null) return;
      const { protocol, hostname, password } = new URL(tracing.otlpUrl);
      if (protocol === "http:" && password !== "" && !LOOPBACK.test(hostname))
        yield {
          key: "tracing.otlpUrl",
          given: `http to ${hostname}`,
          expected: "https, as it holds a password",
        };
    },
  },
  {
    meaning: "`keys.remoteSignerCertificateFile` and `keys.remoteSignerKeyFile` stand together.",
    *violations({ keys }) {
      const { remoteSignerCertificateFile: certificate, remoteSignerKeyFile: key } = keys;
      if (certificate !== null && key === null)
        yield { key: "keys.remoteSignerKeyFile", given: null, expected: "the key of the certificate" };
      if (key !== null && certificate === null)
        yield { key: "keys.remoteSignerCertificateFile", given: null, expected: "the key's certificate" };
    },
  },
  {
    meaning: "A password for gas needs `submitter.gasKeystore`.",
    *violations({ submitter }) {
      if (submitter.gasKeystore !== null) return;
      for (const key of ["gasPasswordFile", "gasPasswordEnv"] as const) {
        if (submitter[key] !== null) {
          yield {
            key: `submitter.${key}`,
            given: submitter[key],
            expected: "submitter.gasKeystore beside it",
          };
        }
      }
    },
  },
  {
    meaning: "`parallelMax` of a model is at most `jobs.parallelMax`, which all models share.",
    *violations({ models, jobs }) {
      for (const [id, { parallelMax }] of models) {
        if (parallelMax === undefined || parallelMax <= jobs.parallelMax) continue;
        yield {
          key: `models.${id}.parallelMax`,
          given: parallelMax,
          expected: `at most jobs.parallelMax (${jobs.parallelMax})`,
        };
      }
    },
  },
  {
    meaning:
      "`workspace.embeddings` is the name of an http service in `services` whose `api` is not anthropic.",
    *violations({ workspace: { embeddings }, services }) {
      const service = embeddings === null ? undefined : services.get(embeddings);
      // Anthropic's API has no embeddings.
      if (embeddings === null || (service?.kind === "http" && service.api !== "anthropic")) return;
      yield {
        key: "workspace.embeddings",
        given: embeddings,
        expected: "the name of a service of kind http in services, of another api than anthropic",
      };
    },
  },
  {
    meaning: "The service of each model is one of `services`.",
    *violations({ models, services }) {
      for (const [id, { service }] of models) {
        if (services.has(service)) continue;
        const meant = didYouMean(service, services.keys());
        yield {
          key: `models.${id}.service`,
          given: service,
          expected: `the name of one of services${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
        };
      }
    },
  },
  {
    meaning:
      "`jobs.leaseMs` is longer than `timeoutMs` of every service of the kinds `command` and `http`, so that no lease ends under a running agent. A coding agent's " +
      "turn may be longer where nobody's lease is at stake; for a job the shorter of the two counts.",
    *violations({ jobs, services }) {
      for (const [name, { kind, timeoutMs }] of services) {
        const isForJobs = kind === "command" || kind === "http";
        if (isForJobs && timeoutMs >= jobs.leaseMs) {
          yield {
            key: `services.${name}.timeoutMs`,
            given: timeoutMs,
            expected: `less than jobs.leaseMs (${jobs.leaseMs})`,
          };
        }
      }
    },
  },
  {
    meaning: "`folders.portFirst` and `folders.portLast` are given together, the first not after the last.",
    *violations({ folders: { portFirst, portLast } }) {
      if (portFirst === null && portLast === null) return;
      if (portFirst === null || portLast === null || portLast < portFirst) {
        yield {
          key: "folders.portLast",
          given: portLast,
          expected:
            portFirst === null ? "folders.portFirst with it" : `at least folders.portFirst (${portFirst})`,
        };
      }
    },
  },
  {
    meaning: "`jobs.priceWeiMin` names only currencies that are among `jobs.currencies`.",
    *violations({ jobs: { currencies, priceWeiMin } }) {
      if (currencies === "any") return;
      for (const [currency, least] of priceWeiMin) {
        if (currencies.has(currency) || least === 0n) continue;
        const name = currency === zeroAddress ? "native" : currency;
        yield { key: "jobs.priceWeiMin", given: name, expected: "a currency that is among jobs.currencies" };
      }
    },
  },
  {
    meaning: "`api.port` and `network.listenPort` differ, unless one of them is 0 or the network is off.",
    *violations({ api, network }) {
      if (network.enabled && api.port !== 0 && api.port === network.listenPort) {
        yield { key: "api.port", given: api.port, expected: "another port than network.listenPort" };
      }
    },
  },
  {
    meaning: "A relay takes connections: `network.relayServe` needs `network.listen`.",
    *violations({ network }) {
      if (network.relayServe && !network.listen)
        yield { key: "network.relayServe", given: true, expected: "false, where network.listen is" };
    },
  },
  {
    meaning: "The files that the node reads or writes by name are different files.",
    *violations({ node, keys, submitter, api }) {
      const taken = new Map<string, string>();
      for (const [key, path] of [
        ["node.keystore", node.keystore],
        ["node.passwordFile", node.passwordFile],
        ["keys.remoteSignerKeyFile", keys.remoteSignerKeyFile],
        ["submitter.gasKeystore", submitter.gasKeystore],
        ["submitter.gasPasswordFile", submitter.gasPasswordFile],
        ["api.tokenFile", api.tokenFile],
      ] as const) {
        if (path === null) continue;
        const other = taken.get(path);
        // Two keystores may share a password, and so its file.
        const isShared = key === "submitter.gasPasswordFile" && other === "node.passwordFile";
        if (other !== undefined && !isShared)
          yield { key, given: path, expected: `another file than ${other}` };
        taken.set(path, key);
      }
    },
  },
];
