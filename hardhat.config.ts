import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import hardhatIgnitionViem from "@nomicfoundation/hardhat-ignition-viem";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { defineConfig } from "hardhat/config";

// The compiler comes with the npm package `solc`, so that nothing is downloaded at compile time.
const compiler = createRequire(import.meta.url).resolve("solc/soljson.js");

const EVM_VERSION = "prague";

/** What is shipped; `runs` weighs gas of calls against size of code. */
function shipped(runs: number) {
  return {
    version: "0.8.34",
    path: compiler,
    settings: {
      evmVersion: EVM_VERSION,
      viaIR: true,
      optimizer: { enabled: true, runs },
      metadata: { bytecodeHash: "none" },
    },
  };
}

const SOLIDITY_TESTS = "test/contracts/invariant";

/** Solidity tests with code of the contracts compiled into them: it is tested as it is shipped. */
const WITH_SHIPPED_CODE = ["Calls.t.sol", "CreditsHarness.sol", "Libraries.t.sol"];

/**
 * All other Solidity tests deploy the contracts from their artifacts, so how they are compiled themselves changes nothing
 * about what they test. Without optimizer they compile in a tenth of the time. One that has its stack too deep for that
 * has too many variables in one function.
 */
function harnesses() {
  const plain = {
    version: "0.8.34",
    path: compiler,
    // Said in full: left out, it would be switched on in the profile for production.
    settings: { evmVersion: EVM_VERSION, optimizer: { enabled: false, runs: 200 } },
  };
  const names = readdirSync(new URL(SOLIDITY_TESTS, import.meta.url), { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".sol") && !WITH_SHIPPED_CODE.includes(name))
      .map((name) => [`${SOLIDITY_TESTS}/${name}`, plain]),
  );
}

const SEED_DEFAULT = 20_251;
/** Fuzz and invariant tests draw from it; another one by `PLEIAD_TEST_SEED=7`. */
const SEED = BigInt(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);

const compilation = {
  // As in every other compile: a file on its own would be another input.
  isolated: false,
  compilers: [shipped(1_000)],
  overrides: {
    // As many as fit below 22,000 bytes: 1,000 would cost some 1,200 bytes and save nothing more.
    "contracts/execution/ClusterExecutions.sol": shipped(800),
    // Called when clusters are made and edited: its size matters more than its gas.
    "contracts/registry/ClusterRegistry.sol": shipped(1),
    ...harnesses(),
  },
};

/**
 * How much the Solidity tests try; a handler that reverts is a failure. The large budget is
 * `HARDHAT_TEST_PROFILE=deep hardhat test solidity`.
 */
function budget(fuzzRuns: number, invariantRuns: number, invariantDepth: number) {
  return {
    fuzz: { runs: fuzzRuns, seed: `0x${SEED.toString(16).padStart(64, "0")}` },
    invariant: { runs: invariantRuns, depth: invariantDepth, failOnRevert: true },
  };
}

// A failure is repeated by its seed.
if (process.argv.includes("test")) console.log(`PLEIAD_TEST_SEED=${SEED}`);

export default defineConfig({
  plugins: [hardhatMocha, hardhatViem, hardhatViemAssertions, hardhatNetworkHelpers, hardhatIgnitionViem],
  // Ignition compiles for production, which would be Hardhat's own settings if nothing were said.
  solidity: { profiles: { default: compilation, production: compilation } },
  paths: {
    // The example is compiled and tested with the rest.
    sources: ["./contracts", "./examples"],
    tests: { mocha: "./test/contracts", solidity: `./${SOLIDITY_TESTS}` },
  },
  test: {
    solidity: {
      profiles: {
        default: budget(256, 64, 64),
        deep: budget(10_000, 1_000, 100),
      },
    },
  },
  networks: {
    default: { type: "edr-simulated", hardfork: "prague", chainType: "l1" },
    node: { type: "edr-simulated", hardfork: "prague", chainType: "l1", chainId: 31337 },
  },
});
