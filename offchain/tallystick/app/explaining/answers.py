"""Explains one receipt to one asset, with the proofs that were verified on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tallystick.app.auditing.answers import Case
from tallystick.app.auditing.batches import domain_of
from tallystick.app.auditing.provenance import known_set
from tallystick.app.evidence.facts import ChainView
from tallystick.app.explaining.reasons import Clones, PotReason, Reason, Standing, reasons_of
from tallystick.commitments import leaves, sum_tree
from tallystick.domain.dataset import ManifestEntry
from tallystick.domain.digests import receipt_digest
from tallystick.domain.ids import AssetId, Hash
from tallystick.domain.trees import entry_tree, record_tree
from tallystick.domain.usage import Terms
from tallystick.errors import NodeError
from tallystick.pipeline.auditing.answers.arithmetic import check_opening
from tallystick.ports import Chain, ContentStore

FindClones = Callable[[Terms, AssetId], Clones]


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact that was verified: what stands under which root, or that nothing does."""

    what: str
    root: Hash
    how: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`amount` is in base units, over all pots. `batch_id` is None while no standing batch holds the receipt."""

    receipt: Hash
    asset_id: AssetId
    batch_id: int | None
    served_at: int
    amount: int
    reasons: tuple[PotReason, ...]
    proofs: tuple[Shown, ...]


class Explainer:
    """Asks chain and files; each model's lists are read once."""

    def __init__(
        self, chain: Chain, content: ContentStore, find_clones: FindClones = lambda terms, asset: {}
    ) -> None:
        self._chain, self._content, self._clones = chain, content, find_clones
        self._facts = ChainView(chain, content)

    def explain(self, asset: AssetId, case: Case) -> Explanation:
        """An opening that is not the receipt's counts as none."""
        if case.opened and any(check_opening(replace(case.opened, signed=case.signed))):
            case = replace(case, opened=None)
        receipt, signed = case.signed.receipt, case.signed
        terms = self._chain.models.terms(receipt.terms_id)
        lists = {"manifest": self._facts.manifest(terms), "index": self._facts.index(terms)}
        standing = self._standing(asset, lists)
        clones: Clones = {}
        if (
            case.opened
            and not any(x.asset_id == asset for x in signed.lines)
            and any((standing.in_manifest, standing.in_index))
        ):
            clones = self._clones(terms, asset)
        reasons = reasons_of(asset, signed, case.opened, standing, clones)
        return Explanation(
            receipt=receipt_digest(domain_of(self._chain), receipt),
            asset_id=asset,
            batch_id=case.member.batch_id if case.member else None,
            served_at=receipt.served_at,
            amount=sum(r.amount for r in reasons),
            reasons=reasons,
            proofs=(*_settled(case), *_listed(asset, lists), *self._recorded(asset, case, reasons)),
        )

    def _standing(self, asset: AssetId, lists: dict[str, tuple[ManifestEntry, ...] | None]) -> Standing:
        held = {name: any(e.dataset_id == asset for e in rows or ()) for name, rows in lists.items()}
        if not any(held.values()):
            return Standing(False, False)
        datasets = self._chain.datasets
        gone, convicted = datasets.retired_at(asset), datasets.dataset(asset).convicted_at
        may_earn = self._chain.prior_art.is_eligible_at(asset, self._chain.now())
        return Standing(held["manifest"], held["index"], gone, convicted, may_earn)

    def _recorded(self, asset: AssetId, case: Case, reasons: Sequence[PotReason]) -> list[Shown]:
        """The records that earned, under their data set's root."""
        if case.opened is None or not any(r.reason is Reason.PAID for r in reasons):
            return []
        wanted = sorted(
            {e.record_index for e in case.opened.shown.evidence if e.asset_id == asset and e.value > 0}
        )
        try:
            known = known_set(self._chain, self._content, asset) if wanted else None
        except NodeError:
            return []
        if known is None or known.records is None:
            return []
        root, tree, found = self._chain.datasets.dataset(asset).root, record_tree(known.records), []
        for index in (i for i in wanted if i < known.count):
            record, path = known.records[index], tree.path(index)
            leaf = leaves.record(record.index, record.content_hash, record.salt)
            if sum_tree.verify(sum_tree.Root(root, known.count, known.count), index, leaf, 1, path):
                how = f"path of {len(path.siblings)} verified: {record.text[:80]}"
                found.append(Shown(f"record {index} of {known.name}", root, how))
        return found


def _settled(case: Case) -> list[Shown]:
    if case.member is None:
        return []
    member = case.member
    how = f"path of {member.siblings} verified; the batch is {member.status}"
    return [Shown(f"receipt {member.index} of batch {member.batch_id}", member.root, how)]


def _listed(asset: AssetId, lists: dict[str, tuple[ManifestEntry, ...] | None]) -> list[Shown]:
    """Its place in manifest and index, or that the whole list under that root has no such data set."""
    found = []
    for name, entries in lists.items():
        if entries is None:
            continue
        tree = entry_tree(entries)
        at = next((i for i, e in enumerate(entries) if e.dataset_id == asset), None)
        if at is None:
            how = f"all {len(entries)} data sets give the root, and it is none of them"
        else:
            path, entry = tree.path(at), entries[at]
            leaf = leaves.entry(entry.dataset_id, entry.root)
            holds = sum_tree.verify(tree.root, at, leaf, entry.weight, path)
            how = f"entry {at} with {entry.weight} records, path of {len(path.siblings)}"
            how += " verified" if holds else " does not hold"
        found.append(Shown(name, Hash(tree.root.hash), how))
    return found
