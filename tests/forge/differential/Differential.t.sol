// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgentReputation} from "../../../contracts/agents/AgentReputation.sol";
import {SumTreeHarness} from "../../../contracts/mocks/SumTreeHarness.sol";
import {IPriorArt} from "../../../contracts/interfaces/datasets/IPriorArt.sol";
import {CreditReferee} from "../../../contracts/registry/CreditReferee.sol";
import {UsageEscrow} from "../../../contracts/usage/UsageEscrow.sol";
import {System} from "../System.sol";
import {VM} from "../Vm.sol";
import {Signatures} from "./Signatures.sol";

/// @title Makes the calls of a file and writes down what each answered
/// @dev The file holds calls, each behind its length in 4 bytes. The answers begin with chain id and the contract
/// that signatures are bound to; then follows, for each call, the hash of its return data, or zero where it reverted. The node computes the same without a chain.
contract DifferentialTest {
    System private _system;
    UsageEscrow private _escrow;
    address private _target;
    address private _bound;

    function setUp() external {
        _system = new System(address(this));
        _escrow = _system.escrow();
        _bound = address(_escrow);
        _target = _make(VM.envString("PROVE_TARGET"));
        VM.chainId(VM.envUint("PROVE_CHAIN"));
    }

    function test_calls() external {
        bytes memory calls = VM.readFileBinary(VM.envString("PROVE_CALLS"));
        VM.writeFileBinary(
            VM.envString("PROVE_ANSWERS"),
            bytes.concat(bytes32(block.chainid), bytes32(uint256(uint160(_bound))), _answers(calls))
        );
    }

    function _make(string memory target) private returns (address made) {
        bytes32 name = keccak256(bytes(target));
        if (name == keccak256("trees")) return address(new SumTreeHarness());
        if (name == keccak256("digests")) return address(_escrow);
        if (name == keccak256("signatures")) return address(new Signatures(_escrow));
        if (name == keccak256("feedback")) return _bound = address(new AgentReputation(_system.registry(), _escrow));
        if (name == keccak256("wallets")) return _bound = address(_system.agents());
        require(name == keccak256("splits"), "unknown target");
        IPriorArt none = IPriorArt(address(0)); // splits ask nobody
        return address(new CreditReferee(_system.registry(), _escrow, _system.models(), _system.agents(), none, 1));
    }

    function _answers(bytes memory calls) private view returns (bytes memory answers) {
        uint256 count = _count(calls);
        answers = new bytes(32 * count);
        address target = _target;
        uint256 position;
        for (uint256 i = 0; i < count; ++i) {
            // Straight from memory into the call: a copy of each would never be freed.
            assembly ("memory-safe") {
                let call_ := add(add(calls, 32), position)
                let size := shr(224, mload(call_))
                let done := staticcall(gas(), target, add(call_, 4), size, 0, 0)
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                let answer := 0
                if done { answer := keccak256(free, returndatasize()) }
                mstore(add(add(answers, 32), mul(32, i)), answer)
                position := add(position, add(4, size))
            }
        }
    }

    function _count(bytes memory calls) private pure returns (uint256 count) {
        uint256 position;
        while (position < calls.length) {
            uint256 size;
            assembly ("memory-safe") {
                size := shr(224, mload(add(add(calls, 32), position)))
            }
            position += 4 + size;
            ++count;
        }
    }
}
