"""Money that no batch claims in three windows is null: half insurance, floored, the rest burned."""


def test_expire_when_older_than_three_windows_is_null(
    system, parameters, let_pass, nora, vera, redeemed, signed
):
    two = signed(lane=2, limit=1)
    system.escrow.redeem(two.voucher, two.signature, 1, nora.tx)
    supply = system.token.totalSupply()
    let_pass(4 * parameters.bucket_window)
    assert system.escrow.unsettledOf(nora.address) == 0

    system.escrow.expireUnsettled(nora.address, vera.tx)

    assert system.escrow.insurancePool() == 500
    assert system.token.totalSupply() == supply - 501


def test_expire_when_three_windows_old_leaves_it(system, parameters, let_pass, nora, vera, redeemed):
    let_pass(2 * parameters.bucket_window)

    system.escrow.expireUnsettled(nora.address, vera.tx)

    assert system.escrow.unsettledOf(nora.address) == 1_000


def test_begin_settlement_when_expired_reverts(
    system, parameters, let_pass, nora, redeemed, registry, reverts
):
    let_pass(4 * parameters.bucket_window)

    with reverts("UsageEscrowUnsettledShort"):
        system.escrow.beginSettlement(nora.address, 1, registry)


def test_begin_settlement_when_several_buckets_spends_the_oldest_first(
    system, parameters, let_pass, nora, redeemed, signed, registry
):
    let_pass(2 * parameters.bucket_window)
    two = signed(lane=2, limit=300)
    system.escrow.redeem(two.voucher, two.signature, 300, nora.tx)

    system.escrow.beginSettlement(nora.address, 900, registry)
    let_pass(2 * parameters.bucket_window)

    assert system.escrow.unsettledOf(nora.address) == 300


def test_return_settlement_when_old_restarts_the_clock(
    system, parameters, let_pass, nora, redeemed, registry
):
    system.escrow.beginSettlement(nora.address, 1_000, registry)
    let_pass(5 * parameters.bucket_window)

    system.escrow.returnSettlement(nora.address, 1_000, registry)

    assert system.escrow.unsettledOf(nora.address) == 1_000
