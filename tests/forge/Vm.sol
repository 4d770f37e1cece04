// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The cheat codes that these tests use.
interface Vm {
    function chainId(uint256 newChainId) external;
    function envString(string calldata name) external view returns (string memory value);
    function envUint(string calldata name) external view returns (uint256 value);
    function readFileBinary(string calldata path) external view returns (bytes memory data);
    function writeFileBinary(string calldata path, bytes calldata data) external;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function roll(uint256 height) external;
    function deal(address account, uint256 amount) external;
    function fee(uint256 baseFee) external;
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function addr(uint256 privateKey) external pure returns (address account);
}

Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
