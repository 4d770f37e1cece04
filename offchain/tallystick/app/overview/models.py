"""Models as their owner and others see them: those made here, and one of them from every side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tallystick.app.models.decisions import Decision, DecisionBook
from tallystick.app.models.standing import OnOffer, Standing, offers, standing
from tallystick.app.monitoring.desk import AlarmLine, Monitored, MonitorLine
from tallystick.app.overview.catalogue import ModelLine
from tallystick.app.overview.family import Family, family_of
from tallystick.app.settlement.risk import ModelTier
from tallystick.app.workbook import Workbook
from tallystick.domain.gate import ppm_of
from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import NodeError, NotFound
from tallystick.ports import Chain, ContentStore


@dataclass(frozen=True, slots=True)
class MadeModel:
    """An adapter that was trained here. State is trained, registered or serving.

    Scores are ROUGE-L F in ppm on `questions` sealed ones; the gain lies between `low_ppm` and `high_ppm`. `versions`
    are digests of earlier adapters by this name.
    """

    name: str
    state: str
    model_id: AssetId | None
    digest: Hash
    job: int
    questions: int
    before_ppm: int
    after_ppm: int
    low_ppm: int
    high_ppm: int
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelDetail:
    """`made` is None for others' models, `line` for one that is not registered; `trouble` says why it has no standing."""

    name: str
    made: MadeModel | None
    line: ModelLine | None
    family: Family = field(default_factory=Family)
    standing: Standing | None = None
    trouble: str = ""
    offers: tuple[OnOffer, ...] = ()
    tier: ModelTier | None = None
    decisions: tuple[Decision, ...] = ()
    monitors: tuple[MonitorLine, ...] = ()
    alarms: tuple[AlarmLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelShelf:
    """Everything that this node knows of models; nothing is loaded."""

    book: Workbook
    chain: Callable[[], Chain]
    content: Callable[[], ContentStore]
    lines: Callable[[], Sequence[ModelLine]]
    tier: Callable[[str], ModelTier]
    monitored: Callable[[], Monitored]

    def made(self) -> tuple[MadeModel, ...]:
        return tuple(_made(self.book, name) for name in self.book.model_names())

    def detail(self, name: str) -> ModelDetail:
        """By name, or by id as 0x hex. NotFound for one that neither this node nor the chain knows."""
        made = None if name.startswith("0x") else _made(self.book, name)
        asset_id = self.book.model_id(name) if made is None else made.model_id
        if made is None and asset_id is not None:
            made = next((m for m in self.made() if m.model_id == asset_id), None)
        if asset_id is None:
            assert made is not None
            return ModelDetail(name, made, None, decisions=self._decisions(name))
        lines = self.lines()
        line = next((each for each in lines if each.asset_id == asset_id), None)
        if line is None:
            raise NotFound(f"No model 0x{asset_id.hex()} is registered.", "Check the id and the chain.")
        stands, trouble = self._standing(line)
        watched = self.monitored()
        called = made.name if made else ""
        return ModelDetail(
            name=called,
            made=made,
            line=line,
            family=family_of(lines, asset_id),
            standing=stands,
            trouble=trouble,
            offers=offers(self.chain(), asset_id) if line.base_id else (),
            tier=self._tier(called),
            decisions=self._decisions(called),
            monitors=tuple(m for m in watched.monitors if _is_of(m.release, called)),
            alarms=tuple(a for a in watched.alarms if _is_of(a.release, called)),
        )

    def _standing(self, line: ModelLine) -> tuple[Standing | None, str]:
        """Its card may be with nobody any more."""
        if line.base_id is None:
            return None, ""
        try:
            return standing(self.chain(), self.content(), line.asset_id), ""
        except NodeError as error:
            return None, error.message

    def _tier(self, name: str) -> ModelTier | None:
        try:
            return self.tier(name) if name else None
        except NodeError:
            return None

    def _decisions(self, name: str) -> tuple[Decision, ...]:
        """The newest first."""
        every = DecisionBook(self.book.decisions_folder).every()
        return tuple(d for d in reversed(every) if name and d.model == name)


def _is_of(release: str, name: str) -> bool:
    return bool(name) and release.partition("@")[0] == name


def _made(book: Workbook, name: str) -> MadeModel:
    facts = book.model(name)
    model_id = AssetId(bytes.fromhex(facts["model_id"])) if "model_id" in facts else None
    low, high = facts["interval"]
    return MadeModel(
        name=name,
        state=_state(book, name, model_id),
        model_id=model_id,
        digest=Hash(bytes.fromhex(facts["digest"])),
        job=facts["job"],
        questions=facts["questions"],
        before_ppm=ppm_of(facts["before"]["rouge_l"]),
        after_ppm=ppm_of(facts["after"]["rouge_l"]),
        low_ppm=ppm_of(low),
        high_ppm=ppm_of(high),
        versions=book.earlier_versions(name),
    )


def _state(book: Workbook, name: str, model_id: AssetId | None) -> str:
    if model_id is None:
        return "trained"
    try:
        return "serving" if book.serving() == name else "registered"
    except NodeError:
        return "registered"
