import { basename } from "node:path";

/** What finds mutants: tests of what the contracts do, not of what they cost. */
export const EXECUTIONS = "contracts/execution/ClusterExecutions.sol";
export const TESTS = "test/contracts/execution";
const CAMPAIGN = ["test/contracts/invariant/Invariants.t.sol", "test/contracts/invariant/Executions.t.sol"];
const LIBRARIES_TEST = "test/contracts/invariant/Libraries.t.sol";

/** The tests of each file that say most about it, and so are asked first. */
export const FIRST: Readonly<Record<string, readonly string[]>> = {
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
export const SLOW = ["callbacks", "ownerSignatures", "history", "fold"];

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

/** Tests of what else is made of some files, below `test/contracts`. */
export function furtherTestsOf(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => FURTHER[nameOf(path)]?.tests ?? []);
}

/** The contracts that have code of some files in them, among those that tests deploy or are. */
export function contractsOf(paths: readonly string[]): readonly string[] {
  const further = paths.flatMap((path) => FURTHER[nameOf(path)]?.contracts ?? []);
  return [...new Set([EXECUTIONS, ...further, ...librariesTestOf(paths)])];
}

/** The Solidity test that has code of some files in it itself: quick to compile, and quick to run. */
export function librariesTestOf(paths: readonly string[]): readonly string[] {
  return paths.some(isInLibrariesTest) ? [`${LIBRARIES_TEST}:LibrariesTest`] : [];
}

/** The Solidity tests that say something about some files, in groups; the quick ones first. */
export function campaignOf(paths: readonly string[]): readonly (readonly string[])[] {
  return paths.some(isInLibrariesTest) ? [[LIBRARIES_TEST], CAMPAIGN] : [CAMPAIGN];
}

function isInLibrariesTest(path: string): boolean {
  return IN_LIBRARIES_TEST.includes(nameOf(path));
}

export function nameOf(path: string): string {
  return basename(path, ".sol");
}
