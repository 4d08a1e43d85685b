import type { Address, Hex } from "viem";

/**
 * The deterministic deployment proxy: given 32 bytes of salt and creation code, it creates the contract by CREATE2.
 * It has no owner and no state, and is at this address on nearly every chain.
 */
export const CREATE2_FACTORY: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** Its code, the same everywhere. */
export const CREATE2_FACTORY_CODE: Hex =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

/**
 * The transaction that creates it. Nobody knows a key for its signature, which was made up; the sender that it
 * recovers to can therefore send nothing else, and the factory comes to the same address on each chain. It names no
 * chain id, so that it holds on all of them.
 */
export const CREATE2_FACTORY_TRANSACTION: Hex =
  "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222";

/** Who sends it, and has to have the money for it. */
export const CREATE2_FACTORY_SENDER: Address = "0x3fAB184622Dc19b6109349B94811493BF2a45362";

/** What it pays for gas: fixed in what was signed. Wei. */
export const CREATE2_FACTORY_GAS_PRICE_WEI = 100_000_000_000n;

/** What its sender needs: 100,000 gas at that price; what is left of it nobody can ever take out. Wei. */
export const CREATE2_FACTORY_FUNDING_WEI = 100_000n * CREATE2_FACTORY_GAS_PRICE_WEI;
