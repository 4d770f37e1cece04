// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";
import {Receipt, hashReceipt} from "../types/Receipt.sol";
import {Voucher, hashVoucher} from "../types/Voucher.sol";

/// @title Digests of what operators and consumers sign, in the escrow's domain
abstract contract Digests is IUsageEscrow, EIP712 {
    constructor() EIP712("Tallystick", "1") {}

    /// @inheritdoc IUsageEscrow
    function voucherDigest(Voucher calldata voucher) public view returns (bytes32 digest) {
        return _hashTypedDataV4(hashVoucher(voucher));
    }

    /// @inheritdoc IUsageEscrow
    function receiptDigest(Receipt calldata receipt) public view returns (bytes32 digest) {
        return _hashTypedDataV4(hashReceipt(receipt));
    }
}
