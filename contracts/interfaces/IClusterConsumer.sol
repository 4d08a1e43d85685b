// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "./IClusterExecutions.sol";

/// @title IClusterConsumer
/// @notice A contract that is told of the end of an execution (`IClusterExecutions.deliver`).
/// @dev Whatever it does with its gas, nothing waits for it: what it could do in the call it can also do later from
/// what the log and `executionOf` say. It is called at most once for each execution that named it, with exactly the
/// gas that was asked for.
///
/// Warning: whoever delivers chooses the moment, also one in which the consumer is in a call of its own and calls out. A
/// lock against re-entry would then refuse the only delivery there is: keep what is told, and act on it later.
///
/// No ether comes with the call, and nothing that it answers is read. Gas is exact, so its cost is bounded by what was asked
/// for; what it costs today may cost more after a fork of the chain: ask for some room.
///
/// Warning: anybody may name any consumer in a request of its own. Check that the caller is the `ClusterExecutions` you
/// trust, and that the execution is one you asked for. Look at `state` before the bytes: a run that did not succeed may have
/// its last task answered, and then the bytes may come with it. And look whether they are there: `response` may be empty
/// where the run did not succeed, and where you allowed outputs by reference.
interface IClusterConsumer {
    /// @notice The execution ended in `state`.
    /// @param responseDigest keccak256 of the last task's output; zero where nobody answered it.
    /// @param response The output itself, which was checked against the digest, or empty.
    function onClusterExecutionEnded(
        uint256 execution,
        IClusterExecutions.ExecutionState state,
        bytes32 responseDigest,
        bytes calldata response
    ) external;
}
