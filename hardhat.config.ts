import { createRequire } from "node:module";
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

export default defineConfig({
  plugins: [hardhatMocha, hardhatViem, hardhatViemAssertions, hardhatNetworkHelpers],
  solidity: {
    compilers: [
      {
        version: "0.8.34",
        path: compiler,
        settings: settings(1_000),
      },
    ],
    overrides: {
      // Called for every completion there ever is: its size matters less than its gas.
      "contracts/execution/ClusterExecutions.sol": {
        version: "0.8.34",
        path: compiler,
        settings: settings(1_000_000),
      },
    },
  },
  paths: {
    sources: "./contracts",
    tests: { mocha: "./test/contracts", solidity: "./test/contracts/invariant" },
  },
  networks: {
    default: { type: "edr-simulated", hardfork: "prague", chainType: "l1" },
    node: { type: "edr-simulated", hardfork: "prague", chainType: "l1", chainId: 31337 },
  },
});
