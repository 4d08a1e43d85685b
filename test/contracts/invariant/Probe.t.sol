// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

interface Vm {
    function getCode(string calldata artifact) external view returns (bytes memory);
    function warp(uint256) external;
}

contract H {
    uint256 public calls;
    uint256 public sum;
    function a(uint256 seed) external { calls++; sum += seed % 7; }
    function b(uint256 seed) external { calls++; sum += 2 * (seed % 7); }
    function hidden() external { revert("hidden"); }
}

contract ProbeTest {
    Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    H h;
    address nodes;
    struct FuzzSelector { address addr; bytes4[] selectors; }
    event log_named_uint(string key, uint256 val);

    function setUp() public {
        bytes memory code = vm.getCode("contracts/registry/NodeRegistry.sol:NodeRegistry"); address n; assembly { n := create(0, add(code, 32), mload(code)) } nodes = n;
        h = new H();
    }
    function targetContracts() public view returns (address[] memory t) { t = new address[](1); t[0] = address(h); }
    function targetSelectors() public view returns (FuzzSelector[] memory t) {
        t = new FuzzSelector[](1);
        bytes4[] memory s = new bytes4[](2);
        s[0] = H.a.selector; s[1] = H.b.selector;
        t[0] = FuzzSelector(address(h), s);
    }
    function invariant_small() public { vm.warp(block.timestamp + 5); require(nodes.code.length > 0); }
    function afterInvariant() public { emit log_named_uint("calls", h.calls()); emit log_named_uint("time", block.timestamp);  }
    function testFuzz_x(uint256 a) public pure { require(a != 5); }
}
