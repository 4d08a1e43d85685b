import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** What finds mutants: tests of what the contracts do, not of what they cost. */
export const EXECUTIONS = "contracts/execution/ClusterExecutions.sol";
const TESTS = "test/contracts/execution";
const CAMPAIGN = ["test/contracts/invariant/Invariants.t.sol", "test/contracts/invariant/Executions.t.sol"];
const LIBRARIES_TEST = "test/contracts/invariant/Libraries.t.sol";

/** The tests of each file that say most about it, and so are asked first. */
const FIRST: Readonly<Record<string, readonly string[]>> = {
  Acceptance: ["submitDirect", "submitCompletions", "submitOwners", "quorum", "currency"],
  Callbacks: ["callbacks", "execute"],
  ClusterExecutions: ["views"],
  Credits: ["money", "currency", "submitCompletions", "expire"],
  Endings: ["failures", "cancel", "expire", "quorum"],
  Requests: ["execute", "currency", "permissions", "callbacks"],
  Runs: ["submitDirect", "submitCompletions", "views", "fold"],
  Submissions: ["submitDirect", "submitCompletions", "quorum", "submitOwners"],
  Windows: ["windows", "submitDirect", "quorum", "permissions"],
  Withdrawals: ["money", "permissions", "currency"],
  ExecutionWord: ["submitDirect", "views", "expire", "callbacks"],
  OwnerSignature: ["ownerSignatures", "submitOwners"],
  VersionCode: ["views", "submitDirect"],
};
/** These take seconds each, and are asked where the others find nothing. */
const SLOW = ["callbacks", "ownerSignatures", "history", "fold"];

/** What else is made of a file: contracts, and the tests of these. */
const FURTHER: Readonly<Record<string, { contracts: readonly string[]; tests: readonly string[] }>> = {
  OwnerSignature: {
    contracts: [
      "contracts/registry/PermissionRegistry.sol",
      "contracts/registry/AgentRegistry.sol",
      "contracts/periphery/ExecutionRouter.sol",
    ],
    tests: [
      "registry/PermissionRegistry.test.ts",
      "registry/AgentRegistry.wallet.test.ts",
      "periphery/ExecutionRouter.test.ts",
    ],
  },
  VersionCode: {
    contracts: [
      "contracts/registry/ClusterRegistry.sol",
      "contracts/periphery/ClusterLens.sol",
      "contracts/periphery/ValidationRegistry.sol",
    ],
    tests: [
      "registry/ClusterRegistry.publish.test.ts",
      "registry/ClusterRegistry.drafts.test.ts",
      "registry/ClusterRegistry.access.test.ts",
      "periphery/ValidationRegistry.test.ts",
    ],
  },
};
/** Files of which there is code in a Solidity test itself. */
const IN_LIBRARIES_TEST = ["Credits", "ExecutionWord", "OwnerSignature", "VersionCode"];

/** The contracts that have code of a file in them, among those that tests deploy or are. */
export function contractsOf(path: string): readonly string[] {
  const name = nameOf(path);
  const test = IN_LIBRARIES_TEST.includes(name) ? [`${LIBRARIES_TEST}:LibrariesTest`] : [];
  return [EXECUTIONS, ...(FURTHER[name]?.contracts ?? []), ...test];
}

/** The Solidity tests that say something about a file. */
export function campaignOf(path: string): readonly string[] {
  return IN_LIBRARIES_TEST.includes(nameOf(path)) ? [LIBRARIES_TEST, ...CAMPAIGN] : CAMPAIGN;
}

export type Order = ReturnType<typeof createOrder>;

/** The files of tests, those first that found most of what was alike. */
export function createOrder(folder: string) {
  const found = new Map<string, number>();
  const all = readdirSync(join(folder, TESTS)).filter((file) => file.endsWith(".test.ts"));

  function testsOf(path: string, inside: string): { quick: string[]; slow: string[] } {
    const name = nameOf(path);
    const further = (FURTHER[name]?.tests ?? []).map((file) => join(folder, "test/contracts", file));
    const first = FIRST[name] ?? [];
    /** What it found in the function, what it found in the file, and how it stands in the tables; more comes first. */
    const weightsOf = (file: string) => {
      const test = basename(file, ".test.ts");
      const rank = first.includes(test) ? first.indexOf(test) : first.length;
      return [found.get(key(path, inside, file)) ?? 0, found.get(key(path, "", file)) ?? 0, -rank];
    };
    const ordered = [...all.map((file) => join(folder, TESTS, file)), ...further]
      .map((file) => ({ file, weights: weightsOf(file) }))
      .sort((left, right) => compare(right.weights, left.weights))
      .map(({ file }) => file);
    const isSlow = (file: string) => {
      const test = basename(file, ".test.ts");
      return SLOW.includes(test) && !first.includes(test);
    };
    return { quick: ordered.filter((file) => !isSlow(file)), slow: ordered.filter(isSlow) };
  }

  function learn(path: string, inside: string, file: string): void {
    for (const at of [key(path, inside, file), key(path, "", file)]) found.set(at, (found.get(at) ?? 0) + 1);
  }

  return { testsOf, learn };
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((weight, i) => weight !== right[i]);
  return at < 0 ? 0 : (left[at] as number) - (right[at] as number);
}

function nameOf(path: string): string {
  return basename(path, ".sol");
}

function key(...parts: readonly string[]): string {
  return parts.join("|");
}
