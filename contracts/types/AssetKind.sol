// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* ASSET KINDS, part of every asset id; specification, section 2 */
uint8 constant KIND_DATASET = 1;
uint8 constant KIND_MODEL = 2;
uint8 constant KIND_OPERATOR = 3;
uint8 constant KIND_AGENT = 4;

/* RESERVED ASSET IDS, paid in full at finality and never through the reward trees */
bytes32 constant ASSET_BURN = bytes32(uint256(1));
bytes32 constant ASSET_AUDIT = bytes32(uint256(2));
bytes32 constant ASSET_INSURANCE = bytes32(uint256(3));
