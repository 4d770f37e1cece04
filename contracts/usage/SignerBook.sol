// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IUsageEscrow} from "../interfaces/IUsageEscrow.sol";

/// @title Session keys of consumers
/// @dev Keys are EOAs: a contract's answer could change, and batches are judged by "was ever authorised".
abstract contract SignerBook is IUsageEscrow {
    /// @inheritdoc IUsageEscrow
    uint64 public immutable thawPeriod;

    mapping(address consumer => mapping(address signer => Signer found)) private _signers;

    constructor(uint64 thawPeriod_) {
        require(thawPeriod_ > 0, UsageEscrowZeroParameter());
        thawPeriod = thawPeriod_;
    }

    /// @inheritdoc IUsageEscrow
    function authorizeSigner(address signer) external {
        Signer storage found = _signers[msg.sender][signer];
        bool inForce = found.authorizedAt != 0 && found.revokedFrom == 0;
        require(signer != address(0) && signer != msg.sender && !inForce, UsageEscrowBadSigner(signer));
        if (found.authorizedAt == 0) found.authorizedAt = uint64(block.timestamp);
        found.revokedFrom = 0;
        emit SignerAuthorized(msg.sender, signer);
    }

    /// @inheritdoc IUsageEscrow
    function revokeSigner(address signer) external {
        Signer storage found = _signers[msg.sender][signer];
        require(found.authorizedAt != 0 && found.revokedFrom == 0, UsageEscrowBadSigner(signer));
        uint64 from = uint64(block.timestamp) + thawPeriod;
        found.revokedFrom = from;
        emit SignerRevoked(msg.sender, signer, from);
    }

    /// @inheritdoc IUsageEscrow
    function canSign(address consumer, address signer) public view returns (bool yes) {
        if (signer == consumer) return true;
        Signer memory found = _signers[consumer][signer];
        return found.authorizedAt != 0 && (found.revokedFrom == 0 || !_isThawed(found.revokedFrom));
    }

    /// @inheritdoc IUsageEscrow
    function wasSigner(address consumer, address signer) external view returns (bool yes) {
        return signer == consumer || _signers[consumer][signer].authorizedAt != 0;
    }

    /// @dev Whether a thaw that was to end then is over; downtime of the chain, in which nobody could redeem, extends it.
    function _isThawed(uint64 endsAt) internal view virtual returns (bool yes);

    /// @inheritdoc IUsageEscrow
    function signerOf(address consumer, address signer) external view returns (Signer memory found) {
        return _signers[consumer][signer];
    }
}
