"""The insurance pool takes gifts, and books what was sent outright."""


def test_add_insurance_when_allowed_grows_the_pool(system, vera):
    system.escrow.addInsurance(33, vera.tx)

    assert system.escrow.insurancePool() == 33


def test_add_insurance_when_zero_reverts(system, vera, reverts):
    with reverts("UsageEscrowZeroAmount"):
        system.escrow.addInsurance(0, vera.tx)


def test_absorb_surplus_when_sent_outright_books_it(system, vera, bob, allotted):
    system.token.transfer(system.escrow.address, 12, vera.tx)

    system.escrow.absorbSurplus(bob.tx)

    assert system.escrow.insurancePool() == 12


def test_absorb_surplus_when_none_reverts(system, vera, allotted, reverts):
    with reverts("UsageEscrowZeroAmount"):
        system.escrow.absorbSurplus(vera.tx)
