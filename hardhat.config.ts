import { createRequire } from "node:module";
import hardhatIgnitionViem from "@nomicfoundation/hardhat-ignition-viem";
import hardhatMocha from "@nomicfoundation/hardhat-mocha";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import { defineConfig } from "hardhat/config";

// The compiler comes with the npm package `solc`, so that nothing is downloaded at compile time.
const compiler = createRequire(import.meta.url).resolve("solc/soljson.js");

/** Compiler settings; `runs` weighs gas of calls against size of code. */
function settings(runs: number) {
  return {
    evmVersion: "prague",
    viaIR: true,
    optimizer: { enabled: true, runs },
    metadata: { bytecodeHash: "none" },
  };
}

const SEED_DEFAULT = 20_251;
/** Fuzz and invariant tests draw from it; another one by `PLEIAD_TEST_SEED=7`. */
const SEED = BigInt(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);

const compilation = {
  // As in every other compile: a file on its own would be another input.
  isolated: false,
  compilers: [{ version: "0.8.34", path: compiler, settings: settings(1_000) }],
  overrides: {
    // Called for every completion there ever is: its size matters less than its gas.
    "contracts/execution/ClusterExecutions.sol": {
      version: "0.8.34",
      path: compiler,
      settings: settings(1_000_000),
    },
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
if (process.argv.includes("test") && process.argv.includes("solidity"))
  console.log(`PLEIAD_TEST_SEED=${SEED}`);

export default defineConfig({
  plugins: [hardhatMocha, hardhatViem, hardhatViemAssertions, hardhatNetworkHelpers, hardhatIgnitionViem],
  // Ignition compiles for production, which would be Hardhat's own settings if nothing were said.
  solidity: { profiles: { default: compilation, production: compilation } },
  paths: {
    sources: "./contracts",
    tests: { mocha: "./test/contracts", solidity: "./test/contracts/invariant" },
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
