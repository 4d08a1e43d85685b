// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Cheats} from "./Cheats.sol";
import {EndsHandler} from "./EndsHandler.sol";

/// @title InvariantsTest
/// @notice C01, C02, C03, C04, C07, C08, C09, C10, C11, C13, C17, C19 and C23 over random histories. C18 is held in
/// `test/contracts/execution/history.test.ts`.
/// @dev One campaign checks all, as each takes as long as its calls. `HARDHAT_TEST_PROFILE=deep` has the large budget.
contract InvariantsTest is Cheats {
    /// @dev How the runner is told what to call.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    EndsHandler private _handler;

    function setUp() public {
        _handler = new EndsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(_handler), selectors: _actions()});
    }

    function invariant_C01_C02_C03_C04_C07_C08_C09_C10_C11_C13_C17_C23() public view {
        _handler.checkSolvency();
        _handler.checkExecutions();
        _handler.checkMembers();
    }

    /// @dev C19, at the end of each history: strangers end what runs, everybody takes out what is theirs, nothing is
    /// left.
    function afterInvariant() public {
        _handler.closeDown();
        _handler.checkSolvency();
        _handler.checkExecutions();
    }

    /// @dev Were an action never to succeed, the invariants would hold for nothing.
    function test_handler_everyThingHappens_succeeds() public {
        bytes4[] memory actions = _actions();
        for (uint256 i; i < 4_000; ++i) {
            uint256 seed = _draw(20_261_121, i);
            if (i % 250 == 0) {
                if (i != 0) _handler.closeDown();
                _handler = new EndsHandler();
            }
            (bool success, bytes memory reason) =
                address(_handler).call(abi.encodeWithSelector(actions[seed % actions.length], seed));
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
            if (i % 250 == 249) _collect();
        }
        string memory missing;
        for (uint256 i; i < _happened.length; ++i) {
            if (_happened[i] == 0) missing = string.concat(missing, " ", _decimal(i));
        }
        require(bytes(missing).length == 0, string.concat("never happened, by place in the tally:", missing));
        // Reasons 1 to 15, each at least once.
        _equal(_reasons & 0xfffe, 0xfffe, "reasons for which an item was skipped");
    }

    uint256[] private _happened;
    uint256 private _reasons;

    function _collect() private {
        bytes memory words = abi.encode(_handler.tally());
        _reasons |= _handler.reasonsSeen();
        for (uint256 i; i < words.length / 32; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(words, 32), shl(5, i)))
            }
            if (_happened.length == i) _happened.push(word);
            else _happened[i] += word;
        }
    }

    function _actions() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](24);
        selectors[0] = _handler.createCluster.selector;
        selectors[1] = _handler.republish.selector;
        selectors[2] = _handler.takeAgent.selector;
        selectors[3] = _handler.setTerms.selector;
        selectors[4] = _handler.joinOrLeave.selector;
        selectors[5] = _handler.newNode.selector;
        selectors[6] = _handler.proveKey.selector;
        selectors[7] = _handler.transfer.selector;
        selectors[8] = _handler.execute.selector;
        selectors[9] = _handler.submitDirect.selector;
        selectors[10] = _handler.submitBatch.selector;
        selectors[11] = _handler.replay.selector;
        selectors[12] = _handler.wait.selector;
        selectors[13] = _handler.expire.selector;
        selectors[14] = _handler.withdraw.selector;
        selectors[15] = _handler.removeAgent.selector;
        selectors[16] = _handler.cancel.selector;
        selectors[17] = _handler.reportFailure.selector;
        selectors[18] = _handler.deliver.selector;
        selectors[19] = _handler.setDelegate.selector;
        selectors[20] = _handler.setAccess.selector;
        // Without which the others have nothing to do.
        selectors[21] = _handler.execute.selector;
        selectors[22] = _handler.submitBatch.selector;
        selectors[23] = _handler.submitBatch.selector;
    }
}
