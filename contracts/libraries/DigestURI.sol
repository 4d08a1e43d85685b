// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LibString} from "solady/src/utils/LibString.sol";

/// @title DigestURI
/// @notice The `ipfs://` URI of a file whose SHA-256 is known, so that 32 bytes on chain name a whole file.
/// @dev Warning: of the raw file. IPFS names files of several blocks by the hash of a tree instead, so that only a file of one
/// block (up to 256 KiB by most tools) is found under this URI; whoever has it otherwise checks it by its SHA-256.
/// SHA-256 and not keccak256, as that is what IPFS and file tools have. A digest of zero is for the caller to tell apart.
library DigestURI {
    /// @dev CIDv1 in base16 (multibase `f`): version 1, codec raw (0x55), multihash sha2-256 (0x12) of 32 bytes
    /// (0x20). Sources: the multiformats CID and multihash specifications.
    function ipfs(bytes32 digest) internal pure returns (string memory) {
        return string.concat("ipfs://f01551220", LibString.toHexStringNoPrefix(uint256(digest), 32));
    }
}
