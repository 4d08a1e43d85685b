// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {BondsHandler} from "./BondsHandler.sol";
import {Cheats} from "./Cheats.sol";

/// @title NodeBondsTest
/// @notice C15, and C01 and C23 for bonds, over random histories.
contract NodeBondsTest is Cheats {
    /// @dev How the runner is told what to call.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    BondsHandler private _handler;

    function setUp() public {
        _handler = new BondsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(_handler), selectors: _actions()});
    }

    function invariant_C15_bondsAreAccountedToTheLastWei() public view {
        _handler.check();
    }

    /// @dev At the end of each history everybody takes out what is theirs, and nothing is left.
    function afterInvariant() public {
        _handler.closeDown();
    }

    /// @dev The penalty is half, rounded up; never more than there is, and never nothing.
    function testFuzz_proveEquivocation_anyBond_takesHalfOfIt(uint96 bondedWei, uint96 unbondingWei) public {
        BondsFuzz fuzz = new BondsFuzz();
        fuzz.run(_bound(bondedWei, 0, 1e27), _bound(unbondingWei, 0, 1e27));
    }

    /// @dev Were an action never to succeed, the invariant would hold for nothing.
    function test_bondsHandler_everyThingHappens_succeeds() public {
        bytes4[] memory actions = _actions();
        uint256[] memory happened;
        for (uint256 history; history < 4; ++history) {
            _handler = new BondsHandler();
            for (uint256 i; i < 250; ++i) {
                uint256 seed = _draw(20_261_125 + history, i);
                (bool success, bytes memory reason) =
                    address(_handler).call(abi.encodeWithSelector(actions[seed % actions.length], seed));
                if (!success) {
                    assembly ("memory-safe") {
                        revert(add(reason, 32), mload(reason))
                    }
                }
            }
            _handler.check();
            happened = _added(happened, abi.encode(_handler.tally()));
            _handler.closeDown();
        }
        for (uint256 i; i < happened.length; ++i) {
            require(happened[i] != 0, string.concat("never happened: thing ", _decimal(i)));
        }
    }

    function _added(uint256[] memory sums, bytes memory words) private pure returns (uint256[] memory) {
        if (sums.length == 0) sums = new uint256[](words.length / 32);
        for (uint256 i; i < sums.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(words, 32), shl(5, i)))
            }
            sums[i] += word;
        }
        return sums;
    }

    function _actions() private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](12);
        selectors[0] = BondsHandler.bond.selector;
        selectors[1] = BondsHandler.requestUnbond.selector;
        selectors[2] = BondsHandler.withdrawBond.selector;
        selectors[3] = BondsHandler.prove.selector;
        selectors[4] = BondsHandler.claim.selector;
        selectors[5] = BondsHandler.transfer.selector;
        selectors[6] = BondsHandler.rotate.selector;
        selectors[7] = BondsHandler.delegate.selector;
        selectors[8] = BondsHandler.wait.selector;
        // Twice, so that not most withdrawals come too early, and not most proofs find nothing.
        selectors[9] = BondsHandler.wait.selector;
        selectors[10] = BondsHandler.bond.selector;
        selectors[11] = BondsHandler.prove.selector;
    }
}

/// @title BondsFuzz
/// @notice One equivocation of one node with any bond.
contract BondsFuzz is BondsHandler {
    function run(uint256 bondedWei, uint256 unbondingWei) external {
        address owner = _actors[0];
        uint256 totalWei = bondedWei + unbondingWei;
        if (totalWei == 0) return;
        VM.deal(owner, totalWei);
        VM.prank(owner);
        bonds.bond{value: totalWei}(1);
        if (unbondingWei != 0) {
            VM.prank(owner);
            bonds.requestUnbond(1, unbondingWei);
        }
        IClusterExecutions.Completion memory a;
        (a.node, a.execution, a.outputDigest) = (1, 1, bytes32(uint256(1)));
        bytes memory signatureA = _sign64(_keysOf[1][0], _completionHash(a));
        IClusterExecutions.Completion memory b = abi.decode(abi.encode(a), (IClusterExecutions.Completion));
        b.outputDigest = bytes32(uint256(2));
        uint256 penaltyWei = bonds.proveEquivocation(a, signatureA, b, _sign64(_keysOf[1][0], _completionHash(b)));
        _equal(penaltyWei, totalWei - totalWei / 2, "penalty");
        (uint256 bonded, uint256 unbonding,) = bonds.bondOf(1);
        _equal(bonded + unbonding + penaltyWei, totalWei, "what there is");
        require(unbonding == unbondingWei || bonded == 0, "what stays is taken first");
        _equal(bonds.claimableOf(_actors[1]), penaltyWei, "claimable");
        _equal(address(bonds).balance, totalWei, "what the contract holds");
    }
}
