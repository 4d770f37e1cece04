// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Who signed a digest; specification, section 5
library Recovery {
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice The signer of 65 bytes `r s v`, v in {27, 28}, s in the lower half; zero for anything else.
    function signerOf(bytes32 digest, bytes calldata signature) internal view returns (address signer) {
        if (signature.length != 65) return address(0);
        uint256 place;
        assembly ("memory-safe") {
            place := signature.offset
        }
        return signerAt(digest, place);
    }

    /// @notice `signerOf` the 65 bytes at a place of calldata.
    function signerAt(bytes32 digest, uint256 place) internal view returns (address signer) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, digest)
            mstore(add(free, 32), byte(0, calldataload(add(place, 64))))
            calldatacopy(add(free, 64), place, 64)
            if iszero(gt(mload(add(free, 96)), HALF_ORDER)) {
                // For a signature that is none the precompile returns nothing, and the word stays zero.
                mstore(0x00, 0)
                pop(staticcall(gas(), 1, free, 128, 0x00, 32))
                signer := mload(0x00)
            }
        }
    }
}
