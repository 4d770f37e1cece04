"""The pinning policy: every file that a commitment on the chain stands on, why, and for how long."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tallystick.app.datasets.reading import OwnDatasets
from tallystick.domain.ids import Address, AssetId, Hash
from tallystick.errors import NodeError
from tallystick.pipeline.models.card import read_card
from tallystick.ports import Chain, ContentStore, OnChainBatch

DAY = 86_400
ADAPTER_BYTES = 1 << 33


@dataclass(frozen=True, slots=True)
class Need:
    """`until` in seconds of block time, None for as long as the commitment stands. `most_bytes` bounds a fetch."""

    digest: Hash
    why: str
    until: int | None
    most_bytes: int

    def is_live(self, now: int) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A card or manifest that is needed itself, and that does not tell which further files are."""

    digest: Hash
    why: str
    word: str


@dataclass(frozen=True, slots=True)
class Needs:
    """`files` are all that are known, live and lapsed; more of them where nothing is unreadable."""

    files: tuple[Need, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """What this node committed to: batches and proposals of its key, data sets and models that it registered.

    `keep_s`: how long a file is kept beyond the time at which nobody can be asked for it any more.
    """

    chain: Chain
    content: ContentStore
    address: Address
    datasets: OwnDatasets
    models: tuple[AssetId, ...]
    keep_s: int

    def needs(self) -> Needs:
        """What one card or manifest keeps from being known is told beside what the others say."""
        found = tuple(self._all())
        unreadable = tuple(one for one in found if isinstance(one, Unreadable))
        return Needs(tuple(one for one in found if isinstance(one, Need)), unreadable)

    def _all(self) -> Iterator[Need | Unreadable]:
        yield from self._of_batches()
        yield from self._of_rewards()
        for asset_id in self.datasets.asset_ids:
            yield from self._of_dataset(asset_id)
        for model_id in self.models:
            yield from self._of_model(model_id)

    def _of_batches(self) -> Iterator[Need]:
        chain = self.chain
        for submitted in chain.batches.submitted(0, chain.head()):
            if submitted.header.poster != self.address:
                continue
            batch = chain.batches.batch(submitted.batch_id)
            why = f"batch {batch.batch_id}, {batch.status}"
            until = self._end_of(batch)
            yield Need(submitted.header.data_digest, why, until, 1 << 30)
            if batch.stamp.replaces:
                origin = chain.batches.batch(batch.stamp.replaces).header.data_digest
                yield Need(origin, f"replaced by {why}", until, 1 << 30)

    def _end_of(self, batch: OnChainBatch) -> int | None:
        """Its second tranche is paid, and can be disputed, long after it became final; so can a replacement of it."""
        if batch.status in ("open", "voided"):
            return None
        rules = self.chain.parameters.at_version(batch.header.parameter_version)
        since = batch.stamp.finalised_at or batch.stamp.submitted_at
        return since + self.chain.rewards.maturity() + rules.reward_window + self.keep_s

    def _of_rewards(self) -> Iterator[Need]:
        """The active period's file is everybody's to keep: nobody claims or proposes without it."""
        chain, active = self.chain, self.chain.rewards.active_period()
        if active.number:
            yield Need(active.data_digest, f"reward period {active.number}, active", None, 1 << 30)
        for one in chain.rewards.proposed(0, chain.head()):
            if one.proposer != self.address:
                continue
            found = chain.rewards.proposal(one.proposal_id)
            until = None if found.status == "open" else found.proposed_at + self.keep_s
            why = f"reward proposal {one.proposal_id}, {found.status}"
            yield Need(one.proposal.data_digest, why, until, 1 << 30)

    def _of_dataset(self, asset_id: AssetId) -> Iterator[Need | Unreadable]:
        manifest, name = (
            self.chain.datasets.dataset(asset_id).manifest_digest,
            f"data set 0x{asset_id.hex()[:16]}",
        )
        until = self._retired(self.chain.datasets.retired_at(asset_id))
        yield Need(manifest, f"manifest of {name}", until, 1 << 31)
        try:
            records = self.datasets.reading.records_of(asset_id)
        except NodeError as error:
            yield Unreadable(manifest, f"what the manifest of {name} names", error.message)
        else:
            yield Need(records, f"records of {name}", until, 1 << 31)

    def _of_model(self, model_id: AssetId) -> Iterator[Need | Unreadable]:
        digest = self.chain.models.model(model_id).content_digest
        until, name = self._retired(self.chain.models.retired_at(model_id)), f"model 0x{model_id.hex()[:16]}"
        yield Need(digest, f"card of {name}", until, 1 << 26)
        try:
            files = read_card(self.content.get(digest)).pinned
        except NodeError as error:
            yield Unreadable(digest, f"what the card of {name} names", error.message)
            return
        for file, each in files.items():
            yield Need(each, f"{file} of {name}", until, ADAPTER_BYTES)

    def _retired(self, at: int) -> int | None:
        return at + self.chain.datasets.use_grace() + self.keep_s if at else None


def live_of(needs: Iterable[Need], now: int) -> tuple[Need, ...]:
    """One a file, with the longest of its reasons."""
    found: dict[Hash, Need] = {}
    for need in needs:
        known = found.get(need.digest)
        if need.is_live(now) and (known is None or _end(need) > _end(known)):
            found[need.digest] = need
    return tuple(found.values())


def lapsed_of(needs: Iterable[Need], now: int) -> tuple[Need, ...]:
    """Files that were needed once, and that no commitment needs any more."""
    told = tuple(needs)
    live = {need.digest for need in live_of(told, now)}
    return tuple({n.digest: n for n in told if n.digest not in live}.values())


def _end(need: Need) -> int:
    return 2**63 if need.until is None else need.until
