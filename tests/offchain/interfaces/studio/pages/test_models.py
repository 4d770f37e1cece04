"""The pages of models, over records as the node's verbs give them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.studio.visiting import OPERATOR, Visitor, visiting
from tallystick.app.models.decisions import Decision
from tallystick.app.models.promotion import RolledBack
from tallystick.app.models.serving.pricing import PriceChange, Pricing
from tallystick.app.models.serving.states import Answering
from tallystick.app.models.standing import Ancestor, DatasetStanding, OnOffer, Standing
from tallystick.app.monitoring.course import Course
from tallystick.app.monitoring.desk import AlarmDetail, AlarmLine, Monitored, MonitorLine
from tallystick.app.overview.catalogue import ModelLine
from tallystick.app.overview.family import family_of
from tallystick.app.overview.models import MadeModel, ModelDetail
from tallystick.app.overview.paging import Page, page_of
from tallystick.domain.gate import Verdict
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import Conflict, NotFound
from tallystick.ports import WatchPoint

BASE, MODEL, DATA = (AssetId(bytes([n]) * 32) for n in (1, 2, 3))
DIGEST = Hash(b"\x22" * 32)
LINES = (
    ModelLine(MODEL, OPERATOR, OPERATOR, BASE, (), DIGEST, 1, 9, DIGEST),
    ModelLine(BASE, OPERATOR, OPERATOR, None, (), DIGEST, 0, 8, DIGEST),
)
MADE = MadeModel("bells-1", "serving", MODEL, DIGEST, 1, 40, 100_000, 300_000, 150_000, 250_000, ("ab" * 32,))
STANDING = Standing(
    model_id=MODEL,
    gate="serving",
    verdict=Verdict(MODEL, BASE, DIGEST, 200_000, 150_000, 40),
    flagged_at=0,
    lineage=(Ancestor(MODEL, 800_000, 0), Ancestor(BASE, 200_000, 0)),
    datasets=(DatasetStanding(DATA, "training", 120, 5, 5, 0),),
    gone=1,
)
ALARM = AlarmLine(3, "bells-1@22", "quality", "refusals", 1_700_000_000, True)
MONITORED = Monitored(
    promotion_paused=True,
    rate="each monitor: seldom",
    monitors=(MonitorLine("bells-1@22", "quality", "alarmed", 900, "refusals", 1_100_000, ("length",)),),
    waiting=(("bells-2@33", 7),),
    alarms=(ALARM,),
)
SEEN = ModelDetail(
    name="bells-1",
    made=MADE,
    line=LINES[0],
    family=family_of(LINES, MODEL),
    standing=STANDING,
    offers=(OnOffer(DIGEST, OPERATOR, "http://seller.example", 2_000, 4_000_000),),
    decisions=(Decision("promoted", "bells-1", "bells", "gain <b>0.2</b>", 1_700_000_000, {}),),
    monitors=MONITORED.monitors,
    alarms=MONITORED.alarms,
)
POINTS = tuple(
    WatchPoint(600 + n, "quality", "refusals", 1_700_000_000 + n, share, 90_000, 20_000, n)
    for n, share in ((0, 0), (25, 400_000), (50, 1_100_000))
)
COURSES = (Course("bells-1@22", "quality", POINTS),)


class Shelf:
    """A node that knows these models; writes down what it was told to do."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.seen, self.open_alarm, self.is_offered = SEEN, True, True
        self.left, self.refusal = "", Conflict("The line bells serves nothing.", "Promote a model into it.")
        self.answers: tuple[Answering, ...] | None = (Answering("bells-1", "ready", "", Hash(b"\x23" * 32)),)

    def model_page(self, *, number: int, owner: Address | None = None) -> Page[ModelLine]:
        return page_of([m for m in LINES if owner in (None, m.owner)], number)

    def made_models(self) -> tuple[MadeModel, ...]:
        return (MADE,)

    def asset_names(self) -> dict[bytes, str]:
        return {MODEL: "bells-1", DATA: "bells"}

    def model_detail(self, *, name: str) -> ModelDetail:
        if name not in ("bells-1", f"0x{MODEL.hex()}"):
            raise NotFound(f"This node knows no model {name!r}.", "Check the name.")
        return self.seen

    def answering(self) -> tuple[Answering, ...] | None:
        return self.answers

    def monitor_courses(self, *, model: str | None) -> tuple[Course, ...]:
        return COURSES if model in (None, "bells-1") else ()

    def model_price(self, *, name: str) -> Pricing:
        if not self.is_offered:
            raise NotFound("The model is not offered.", "Promote it.")
        return Pricing(name, DIGEST, 2_000, 4_000_000, self.seen.offers, 86_400)

    def plan_price(self, *, name: str, price_in: int, price_out: int) -> PriceChange:
        if (price_in, price_out) == (2_000, 4_000_000):
            raise Conflict("That is the price already.", "Give another one.")
        return PriceChange(name, price_in, price_out, 2_000, 4_000_000, 801_000, 1_000_500)

    def set_price(self, **told: Any) -> None:
        self.told.append(("price", told))

    def retire_terms(self, **told: Any) -> None:
        self.told.append(("retire", told))

    def monitors(self) -> Monitored:
        return MONITORED

    def alarm(self, *, number: int) -> AlarmDetail:
        return AlarmDetail(
            number=number,
            release=ALARM.release,
            monitor=ALARM.monitor,
            watches="How often it refuses",
            stream=ALARM.stream,
            raised_at=ALARM.raised_at,
            position=900,
            statistic=1_234.5,
            threshold=1_000.0,
            bound_ppm=20_000,
            mean_ppm=90_000,
            readings=900,
            evidence=DIGEST,
            is_replayed=True,
            acknowledged_at=0 if self.open_alarm else 1_700_000_500,
            acknowledged_by="" if self.open_alarm else "node",
            why="" if self.open_alarm else "a holiday",
            retrainings=(2,),
        )

    def acknowledge_alarm(self, **told: Any) -> None:
        self.told.append(("acknowledge", told))

    def promote_model(self, **told: Any) -> None:
        self.told.append(("promote", told))

    def serve_anew(self) -> None:
        self.told.append(("serve", {}))

    def rollback_model(self, **told: Any) -> RolledBack:
        self.told.append(("rollback", told))
        if told["why"] == "none":
            raise self.refusal
        return RolledBack(
            "bells", "bells-1", self.left or None, DIGEST, "Another process goes on selling bells-1."
        )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def visitor(shelf: Shelf, tmp_path: Path) -> Iterator[Visitor]:
    with visiting(shelf, tmp_path) as opened:
        yield opened


def test_models_when_listed_show_scores_and_the_chain(visitor: Visitor) -> None:
    text = visitor.get("/models").text

    assert "10.00&nbsp;%" in text
    assert "30.00&nbsp;%" in text
    assert f'href="/models/0x{BASE.hex()}"' in text
    assert "2</span> models" in text


def test_model_when_opened_is_shown_from_every_side(visitor: Visitor) -> None:
    text = visitor.get(f"/models/0x{MODEL.hex()}").text

    assert text.count('class="kin"') == 2
    assert text.count('class="edge" d="M170') == 1
    assert "http:<wbr>//<wbr>seller<wbr>.example" in text
    assert "4.00&nbsp;<abbr>OPEN</abbr>" in text
    assert "gain &lt;b&gt;0.2&lt;/b&gt;" in text
    assert ">withdrawn</span>" in text
    assert 'href="/models/alarms/3"' in text
    assert 'action="/models/promote"' in text


def test_model_when_only_trained_needs_no_chain(visitor: Visitor, shelf: Shelf) -> None:
    shelf.seen = ModelDetail("bells-1", replace(MADE, model_id=None, state="trained"), None)

    text = visitor.get("/models/bells-1").text

    assert "nobody else can see it" in text
    assert 'id="lineage"' not in text


def test_model_when_of_others_offers_no_act(shelf: Shelf, tmp_path: Path) -> None:
    with visiting(shelf, tmp_path, is_operator=False) as visitor:
        text = visitor.get("/models/bells-1").text
        refused = visitor.send_form("/models/promote", name="bells-1")

    assert "/models/promote" not in text
    assert refused.status_code == 401
    assert shelf.told == []


def test_promotion_when_asked_for_is_done_with_what_the_form_says(visitor: Visitor, shelf: Shelf) -> None:
    begun = visitor.send_form("/models/promote", name="bells-1", line=" bells ", parents="a 0xb")
    visitor.studio.works.close()

    assert visitor.work_of(begun).page == "/models/bells-1"
    told = {"name": "bells-1", "line": "bells", "evaluation": None, "parents": ("a", "0xb")}
    assert shelf.told == [("promote", told)]


def test_promotion_when_of_a_model_that_was_not_made_here_is_refused(visitor: Visitor, shelf: Shelf) -> None:
    assert visitor.send_form("/models/promote", name="other").status_code == 404
    assert shelf.told == []


@pytest.mark.parametrize("fields", [{"why": "worse"}, {"why": " ", "sure": "true"}])
def test_rollback_when_not_sure_or_without_a_reason_is_refused(
    visitor: Visitor, shelf: Shelf, fields: dict[str, str]
) -> None:
    assert visitor.send_form("/models/rollback", line="bells", **fields).status_code == 400
    assert shelf.told == []


def roll_back(visitor: Visitor, why: str = "worse") -> str:
    begun = visitor.send_form("/models/rollback", line="bells", why=why, sure="true")
    visitor.studio.works.close()
    return str(visitor.get(begun.headers["location"]).text)


def test_rollback_when_sure_is_done(visitor: Visitor, shelf: Shelf) -> None:
    assert "Another process goes on selling bells-1." in roll_back(visitor)
    assert shelf.told == [("rollback", {"line": "bells", "why": "worse"})]


@pytest.mark.parametrize(("left", "told"), [("", 'href="/train/new"'), ("bells-0", ">bells-0</a>")])
def test_rollback_when_done_tells_what_serves_now(
    visitor: Visitor, shelf: Shelf, left: str, told: str
) -> None:
    shelf.left = left
    text = roll_back(visitor)

    assert told in text and "<dt>Retired</dt><dd>bells-1" in text
    assert ("<dd>nothing</dd>" in text) is not bool(left)


def test_rollback_when_refused_says_why_and_leads_back(visitor: Visitor) -> None:
    text = roll_back(visitor, why="none")

    assert "serves nothing." in text and "Promote a model into it." in text
    assert 'href="/models">Go back' in text


def test_monitors_when_an_alarm_is_open_say_that_promotion_is_paused(visitor: Visitor) -> None:
    text = visitor.get("/models/monitors").text

    assert "Promotion is paused" in text
    assert "110.00&nbsp;%" in text
    assert "bells-2@33 has no reference yet" in text


def test_alarm_when_acknowledged_goes_back_to_it(visitor: Visitor, shelf: Shelf) -> None:
    assert "/models/alarms/3/acknowledge" in visitor.get("/models/alarms/3").text

    answer = visitor.send_form("/models/alarms/3/acknowledge", why="a holiday")
    shelf.open_alarm = False

    assert answer.headers["location"] == "/models/alarms/3"
    assert shelf.told == [("acknowledge", {"number": 3, "why": "a holiday"})]
    assert "a holiday" in visitor.get("/models/alarms/3").text


def test_model_when_its_price_is_shown_says_under_which_terms_it_answers(
    visitor: Visitor, shelf: Shelf
) -> None:
    text = visitor.get("/models/bells-1").text
    assert 'value="4.000000"' in text and "still at the price before" in text

    shelf.answers = (Answering("bells-1", "failed", "no memory", None),)
    assert "no memory" in visitor.get("/models/bells-1").text
    shelf.answers = None
    assert "this process does not serve" in visitor.get("/models/bells-1").text
    shelf.is_offered = False
    assert "See what changes" not in visitor.get("/models/bells-1").text


@pytest.mark.parametrize(
    ("answers", "is_asked"),
    [
        ((), True),
        ((Answering("bells-1", "failed", "no memory", None),), True),
        ((Answering("bells-1", "ready", "", Hash(b"\x23" * 32)),), True),
        ((Answering("bells-1", "ready", "", DIGEST),), False),
        ((Answering("bells-1", "loading", "", None),), False),
        (None, False),
    ],
)
def test_model_when_it_answers_not_as_it_serves_can_be_let_do_so(
    visitor: Visitor, shelf: Shelf, answers: tuple[Answering, ...] | None, is_asked: bool
) -> None:
    shelf.answers = answers
    assert ('id="serve"' in visitor.get("/models/bells-1").text) is is_asked

    begun = visitor.send_form("/models/serve", name="bells-1")
    visitor.studio.works.close()
    assert (visitor.work_of(begun).page, shelf.told) == ("/models/bells-1", [("serve", {})])


def test_price_when_asked_for_is_shown_before_it_is_confirmed(visitor: Visitor, shelf: Shelf) -> None:
    text = visitor.get("/models/bells-1/price?price_in=0.0025&price_out=5").text

    assert "1.0005&nbsp;<abbr>OPEN" in text and 'name="price_in" value="2500"' in text
    assert shelf.told == []
    visitor.send_form("/models/bells-1/price", price_in="2500", price_out="5000000")
    visitor.studio.works.close()
    assert shelf.told == [("price", {"name": "bells-1", "price_in": 2_500, "price_out": 5_000_000})]


def test_price_when_it_is_the_same_or_asked_by_a_visitor_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    with visiting(shelf, tmp_path) as visitor:
        same = visitor.send_form("/models/bells-1/price", price_in="2000", price_out="4000000")
    with visiting(shelf, tmp_path, is_operator=False) as visitor:
        others = visitor.send_form("/models/bells-1/price", price_in="1", price_out="1")
        looked = visitor.get("/models/bells-1/price?price_in=1&price_out=1")

    assert (same.status_code, others.status_code, looked.status_code) == (409, 401, 401)
    assert shelf.told == []


def test_terms_when_retired_need_a_sure_word(visitor: Visitor, shelf: Shelf) -> None:
    assert visitor.send_form("/models/bells-1/retire-terms").status_code == 400
    visitor.send_form("/models/bells-1/retire-terms", sure="true")
    visitor.studio.works.close()

    assert shelf.told == [("retire", {"name": "bells-1"})]


@pytest.mark.parametrize("path", ["/models/monitors", "/models/bells-1"])
def test_monitors_when_they_left_points_are_drawn_over_time(visitor: Visitor, path: str) -> None:
    text = visitor.get(path).text

    assert 'points="0.0,120.0 200.0,80.0 400.0,10.0 "' in text
    assert "from 0.0 to 110.0 percent of its alarm threshold" in text
    assert text.count('<circle class="f7" cx="100.0%"') == 1
