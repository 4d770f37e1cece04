// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title What a consumer has promised to an operator and what of it the operator has redeemed
library Accounts {
    /// @dev Levels fill a slot each, which spares the merge of a half.
    struct Account {
        IUsageEscrow.Allotment allotment;
        mapping(uint256 lane => uint256 redeemed) levels;
    }

    uint256 private constant THAWING = 96;

    /// @notice Moves a lane up to `amount`, out of the allotment. Returns by how much.
    function advance(Account storage account, uint64 lane, uint128 amount) internal returns (uint128 due) {
        uint256 redeemed = account.levels[lane];
        require(amount > redeemed, IUsageEscrow.UsageEscrowAlreadyRedeemed(amount, uint128(redeemed)));
        account.levels[lane] = amount;
        unchecked {
            due = uint128(amount - redeemed);
        }
        _draw(account.allotment, due);
    }

    /// @dev Of what thaws where the rest is too little. One read and one write of the slot: `amount` lowest, then `thawing`.
    function _draw(IUsageEscrow.Allotment storage allotment, uint256 due) private {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(allotment.slot)
        }
        uint256 have = uint96(word);
        require(due <= have, IUsageEscrow.UsageEscrowAllotmentShort(uint128(have), uint128(due)));
        // Neither part falls below zero, so that nothing is borrowed from its neighbour.
        unchecked {
            uint256 left = have - due;
            uint256 thawing = uint96(word >> THAWING);
            word -= due;
            if (thawing > left) word -= (thawing - left) << THAWING;
        }
        assembly ("memory-safe") {
            sstore(allotment.slot, word)
        }
    }
}
