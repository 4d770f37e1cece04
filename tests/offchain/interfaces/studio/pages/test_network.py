"""The pages of the network, over records as the node's verbs give them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.governing.guardian import Pause, Pauses
from tallystick.app.governing.motions import Act, Change, SeenMotion, Standing
from tallystick.app.governing.parameters import ParameterLine, ParametersNow, Pending, SetVersion
from tallystick.app.overview.catalogue import OperatorLine
from tallystick.app.overview.earnings import Call
from tallystick.app.overview.network import SeenOperator
from tallystick.app.overview.paging import Page
from tallystick.app.overview.slashes import Slash
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NotFound
from tallystick.gateways.keys.keystore import Key
from tallystick.ports.governing.votes import Ballot, Voter, VotingRules

pytestmark = pytest.mark.slow

OPEN, AT = 10**6, 1_700_000_000
MOTION, TX = Hash(b"\x44" * 32), Hash(b"\x55" * 32)
VERA = Address("0x" + "0e" * 20)
SEEN = SeenMotion(
    motion_id=MOTION,
    text="Burn <more>",
    state="active",
    proposer=VERA,
    vote_begins_at=AT,
    vote_ends_at=AT + 86_400,
    due_at=0,
    in_favour=3 * OPEN,
    against=OPEN,
    abstaining=0,
    needed=2 * OPEN,
    changes=(Change("burned_bps", 5_000, 6_000),),
    acts=(Act("Parameters", "set", (("next", "version 2"),)),),
    tx_hash=TX,
)
SLASH = Slash(
    Hash(b"\x66" * 32),
    OPERATOR,
    "batch",
    7,
    "wrongFee",
    20 * OPEN,
    10 * OPEN,
    6 * OPEN,
    4 * OPEN,
    VERA,
    AT,
    9,
    TX,
)
LINES = (
    ParameterLine("challenge_window", 86_400, 3_600, 604_800, ()),
    ParameterLine("burned_bps", 5_000, 5_000, 9_500, (Pending(MOTION, "active", 6_000),)),
)


class Everyone:
    """A node that sees these; writes down what it was told to do."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.seen, self.weight, self.has_votes = SEEN, 5 * OPEN, True
        self.threshold = 2 * OPEN

    def operator_page(self, *, number: int) -> Page[SeenOperator]:
        line = OperatorLine(AssetId(b"\x07" * 32), OPERATOR, OPERATOR, "http://seller.example", 5, TX)
        return Page((SeenOperator(line, 50 * OPEN, 0, 0, 1_000, True),), number, 1)

    def slash_page(self, *, number: int, operator: Address | None) -> Page[Slash]:
        self.told.append(("slashes", {"operator": operator}))
        return Page((SLASH,) if operator in (None, OPERATOR) else (), number, 1)

    def parameters(self) -> ParametersNow:
        versions = (SetVersion(2, ("burned_bps",), 30, TX), SetVersion(1, (), 2, TX))
        return ParametersNow(2, LINES, versions)

    def pauses(self) -> Pauses:
        self._check()
        return Pauses(False, True, (Pause("batches", True, 12, TX),))

    def motion_page(self, *, number: int) -> Page[SeenMotion]:
        self._check()
        return Page((self.seen,), number, 1)

    def voting_rules(self) -> VotingRules:
        return VotingRules(86_400, 432_000, self.threshold, 4, 10**13, 259_200)

    def voter(self, *, account: Address) -> Voter:
        return Voter(account, 8 * OPEN, 5 * OPEN, VERA)

    def motion(self, *, motion_id: bytes) -> SeenMotion:
        assert motion_id == MOTION
        return self.seen

    def standing_to(self, *, motion_id: bytes, account: Address) -> Standing:
        return Standing(account, False, self.weight)

    def ballot_calls(self, *, account: Address, motion_id: bytes, ballot: Ballot) -> tuple[Call, ...]:
        return (Call(VERA, bytes([ballot]), "Vote for it"),)

    def proposal_calls(self, *, account: Address, changes: dict[str, int], text: str) -> tuple[Call, ...]:
        self.told.append(("move", changes))
        return (Call(VERA, text.encode(), "Move it"),)

    def propose_parameters(self, **told: Any) -> None:
        self.told.append(("propose", told))

    def delegate_calls(self, *, to: Address) -> tuple[Call, ...]:
        return (Call(VERA, to.encode(), "Delegate"),)

    def delegate_votes(self, **told: Any) -> None:
        self.told.append(("delegate", told))

    def wrap_calls(self, *, account: Address, amount: int) -> tuple[Call, ...]:
        return (Call(VERA, amount.to_bytes(8), "Wrap"),)

    def unwrap_calls(self, *, account: Address, amount: int) -> tuple[Call, ...]:
        return (Call(VERA, amount.to_bytes(8), "Unwrap"),)

    def carry_calls(self, *, motion_id: bytes) -> tuple[Call, ...]:
        return (Call(VERA, motion_id, "Carry it out"),)

    def chain_id(self) -> int:
        return 31337

    def cast_vote(self, **told: Any) -> None:
        self.told.append(("cast", told))

    def carry_motion(self, **told: Any) -> None:
        self.told.append(("carry", told))

    def wrap_votes(self, **told: Any) -> None:
        self.told.append(("wrap", told))

    def unwrap_votes(self, **told: Any) -> None:
        self.told.append(("unwrap", told))

    def _check(self) -> None:
        if not self.has_votes:
            raise NotFound("The deployment has no TallyGovernor.", "Deploy again.")


@pytest.fixture
def everyone() -> Everyone:
    return Everyone()


@pytest.fixture
def visitor(everyone: Everyone, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(everyone, tmp_path) as opened:
        yield opened


AT_MOTION = f"/network/votes/0x{MOTION.hex()}"


def test_operators_when_listed_lead_to_their_slashes(visitor: Visitor) -> None:
    text = visitor.get("/network").text

    assert "http:<wbr>//<wbr>seller<wbr>.example" in text
    assert f'href="/network/slashes?operator={OPERATOR}"' in text


def test_slashes_when_listed_say_what_for_and_where_it_went(visitor: Visitor, everyone: Everyone) -> None:
    text = visitor.get(f"/network/slashes?operator={OPERATOR}").text

    assert everyone.told == [("slashes", {"operator": OPERATOR})]
    assert "batch 7" in text and "wrongFee" in text
    assert [f"{n}.00&nbsp;<abbr>OPEN" in text for n in (20, 10, 6, 4)] == [True] * 4
    assert "0x" + TX.hex() in text and VERA in text
    assert f'href="/audit/case/0x{SLASH.case.hex()}"' in text


def test_slashes_when_there_are_none_say_so(visitor: Visitor) -> None:
    assert "This operator was not slashed" in visitor.get(f"/network/slashes?operator={VERA}").text


def test_parameters_when_shown_have_bounds_and_what_is_pending(visitor: Visitor) -> None:
    text = visitor.get("/network/parameters").text

    assert "version 2" in text and "95.00&nbsp;%" in text
    assert f'href="{AT_MOTION}">' in text and "60.00&nbsp;%" in text
    assert "New batches" in text and ">paused</span>" in text


def test_pages_when_the_deployment_has_no_votes_say_so(visitor: Visitor, everyone: Everyone) -> None:
    everyone.has_votes = False

    answers = [visitor.get(path) for path in ("/network/parameters", "/network/votes")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert all("has no TallyGovernor" in answer.text for answer in answers)


def test_votes_when_looked_at_by_a_visitor_ask_to_sign_in(everyone: Everyone, tmp_path: Path) -> None:
    with visiting(everyone, tmp_path, is_operator=False) as visitor:
        listed, motion = visitor.get("/network/votes").text, visitor.get(AT_MOTION).text
        refused = visitor.send_form(AT_MOTION, ballot="for")

    assert "Burn &lt;more&gt;" in listed and "Sign in to wrap" in listed
    assert "Sign in to vote" in motion and "60.00&nbsp;%" in motion
    assert refused.status_code == 401 and everyone.told == []


def test_motion_when_active_is_voted_on_with_the_key(visitor: Visitor, everyone: Everyone) -> None:
    visitor.send_form(AT_MOTION, ballot="against", why="too dear")
    visitor.studio.works.close()

    assert everyone.told == [("cast", {"motion_id": MOTION, "ballot": Ballot.AGAINST, "why": "too dear"})]


def test_motion_when_active_is_voted_on_with_the_wallet(visitor: Visitor) -> None:
    text = visitor.get(f"{AT_MOTION}/calls?ballot=for").text

    assert "0x01" in text and f'data-done="{AT_MOTION}/sent"' in text and 'data-part="ballot"' in text


def test_motion_when_the_vote_would_weigh_nothing_offers_none(visitor: Visitor, everyone: Everyone) -> None:
    everyone.weight = 0

    text = visitor.get(AT_MOTION).text

    assert "would weigh nothing" in text and 'name="ballot"' not in text


def test_motion_when_it_passed_is_carried_out(visitor: Visitor, everyone: Everyone) -> None:
    everyone.seen = replace(SEEN, state="succeeded")

    assert "Put it into the timelock" in visitor.get(AT_MOTION).text
    visitor.send_form(f"{AT_MOTION}/carry")
    visitor.studio.works.close()

    assert everyone.told == [("carry", {"motion_id": MOTION})]


def test_motion_when_it_waits_in_the_timelock_any_member_s_wallet_may_carry_it(
    visitor: Visitor, everyone: Everyone, tmp_path: Path
) -> None:
    everyone.seen = replace(SEEN, state="queued", due_at=AT + 60)
    with visiting(everyone, tmp_path, member=Key(b"\x0a" * 32)) as member:
        shown = member.get(AT_MOTION).text
        told = member.get(f"{AT_MOTION}/carry/calls").text
        everyone.seen = replace(SEEN, state="executed")
        after = member.send_form(f"{AT_MOTION}/carry/sent", transactions="0x00").text
    with visiting(everyone, tmp_path, is_operator=False) as stranger:
        assert stranger.get(f"{AT_MOTION}/carry/calls").status_code == 401

    assert "Prepare for the wallet" in shown and "with the node&#39;s key" not in shown
    assert "0x" + MOTION.hex() in told and 'data-part="carry"' in told
    assert "The motion is executed." in after and "Prepare" not in after


def test_votes_when_unwrapped_with_the_wallet_are_base_units(visitor: Visitor) -> None:
    text = visitor.get("/network/votes/calls?act=unwrap&amount=1.5").text

    assert "0x" + (1_500_000).to_bytes(8).hex() in text and "Send: unwrap" in text
    assert visitor.get("/network/votes/calls?act=burn&amount=1").status_code == 400


@pytest.mark.parametrize("path", ["/network/votes/calls?amount=no", f"{AT_MOTION}/calls?ballot=perhaps"])
def test_calls_when_the_form_is_wrong_are_refused(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 400


def test_votes_when_wrapped_with_the_key_are_base_units(visitor: Visitor, everyone: Everyone) -> None:
    visitor.send_form("/network/votes", act="wrap", amount="1.5")
    visitor.studio.works.close()

    assert everyone.told == [("wrap", {"amount": 1_500_000})]
    assert visitor.send_form("/network/votes", act="burn", amount="1").status_code == 400


FORM = {"set-challenge_window": "48", "set-burned_bps": " 62.5 ", "set-deposit_cap": "", "why": "Burn more."}
CHANGES = {"challenge_window": 172_800, "burned_bps": 6_250}


def test_change_when_proposed_is_in_the_units_of_the_chain(visitor: Visitor, everyone: Everyone) -> None:
    shown = visitor.get("/network/votes/new").text
    assert "Challenge window, hours" in shown and "Burned of a slash, %" in shown and "50.00&nbsp;%" in shown

    text = visitor.get("/network/votes/new/calls", params=FORM).text
    visitor.send_form("/network/votes/new", **FORM)
    visitor.studio.works.close()

    assert "0x" + b"Burn more.".hex() in text and 'data-part="moving"' in text
    assert everyone.told == [
        ("move", CHANGES),
        ("propose", {"changes": CHANGES, "text": "Burn more."}),
    ]


def test_change_when_the_wallet_moved_it_leads_to_the_motion(visitor: Visitor, everyone: Everyone) -> None:
    everyone.seen = replace(SEEN, proposer=OPERATOR)

    text = visitor.send_form("/network/votes/new/sent", transactions="0x00").text

    assert f'href="{AT_MOTION}"' in text and 'id="moving"' in text


@pytest.mark.parametrize("value", ["-1", "1e9", "0.0001", "much", "0.123456789"])
def test_change_when_it_is_no_number_of_the_chain_is_refused(visitor: Visitor, value: str) -> None:
    answer = visitor.get("/network/votes/new/calls", params={"set-challenge_window": value, "why": "so"})

    assert answer.status_code == 400


def test_change_when_one_has_too_few_votes_offers_no_form(
    visitor: Visitor, everyone: Everyone, tmp_path: Path
) -> None:
    everyone.threshold = 6 * OPEN

    assert "too few votes to propose" in visitor.get("/network/votes/new").text
    with visiting(everyone, tmp_path, is_operator=False) as stranger:
        assert "Sign in to propose" in stranger.get("/network/votes/new").text
        assert stranger.get("/network/votes/new/calls", params=FORM).status_code == 401
        assert stranger.send_form("/network/votes/new", **FORM).status_code == 401
        assert stranger.send_form("/network/votes/delegation", to=VERA).status_code == 401
    assert everyone.told == []


def test_votes_when_delegated_are_by_wallet_or_key(visitor: Visitor, everyone: Everyone) -> None:
    text = visitor.get("/network/votes/delegation/calls", params={"to": VERA}).text
    visitor.send_form("/network/votes/delegation", to=VERA)
    visitor.studio.works.close()

    assert "0x" + VERA.encode().hex() in text and 'data-part="voter"' in text
    assert everyone.told == [("delegate", {"to": VERA})]
    assert visitor.send_form("/network/votes/delegation", to="vera").status_code == 400
