// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What one operator charges for one model, and how a fee is divided. Immutable once registered.
/// @dev `termsId = keccak256(abi.encode(Terms))`; specification, section 3.
struct Terms {
    /// Signs the receipts and runs the model.
    address operator;
    /// The operator's asset (kind 3), which earns the operator pot.
    bytes32 operatorAsset;
    /// The model asset (kind 2) that answers.
    bytes32 modelId;
    /// Root hash of the training manifest.
    bytes32 manifestRoot;
    /// Root hash of the retrieval index.
    bytes32 indexRoot;
    /// Base units of OPEN per 1,000 tokens read.
    uint128 priceIn;
    /// Base units of OPEN per 1,000 tokens written.
    uint128 priceOut;
    /// Basis points: burn, audit, insurance, operator, retrieval, lineage, training, agent. They sum to 10,000.
    uint16[8] pots;
}

/// @dev `keccak256(abi.encode(Terms))`: all members are static, so that their encoding is their calldata. Bits beyond a
/// member's width are hashed as they come: what has the id of registered terms has none.
function hashTerms(Terms calldata terms) pure returns (bytes32 termsId) {
    assembly ("memory-safe") {
        let start := mload(0x40)
        calldatacopy(start, terms, 480)
        termsId := keccak256(start, 480)
    }
}
