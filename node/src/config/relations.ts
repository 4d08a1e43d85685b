import { zeroAddress } from "viem";
import { didYouMean } from "./didYouMean.ts";
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
    meaning: "One of `chain.rpcUrls` is an http or https URL: the command line asks over it.",
    *violations({ chain }) {
      if (httpUrlOf(chain.rpcUrls) === undefined) {
        yield { key: "chain.rpcUrls", given: 0, expected: "at least one http or https URL" };
      }
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
      "`jobs.leaseMs` is longer than `timeoutMs` of every service, so that no lease ends under a running agent.",
    *violations({ jobs, services }) {
      for (const [name, { timeoutMs }] of services) {
        if (timeoutMs >= jobs.leaseMs) {
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
    meaning: "The files that the node reads or writes by name are different files.",
    *violations({ node, submitter, api }) {
      const taken = new Map<string, string>();
      for (const [key, path] of [
        ["node.keystore", node.keystore],
        ["node.passwordFile", node.passwordFile],
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
