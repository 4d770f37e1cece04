"""What an answer came from: adapter, training manifest, data sets, records; each recomputed from its file."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tallystick.app.auditing.batches import domain_of
from tallystick.app.datasets.reading import MOST_RECORD_BYTES
from tallystick.commitments import leaves, sum_tree
from tallystick.commitments.sealing import is_sealed
from tallystick.domain.answers.opened import output_commit, query_commit
from tallystick.domain.dataset import TEXT_COLUMNS, Record
from tallystick.domain.digests import Domain
from tallystick.domain.ids import Address, AssetId, Hash, Pot
from tallystick.domain.trees import entry_tree, record_tree
from tallystick.domain.usage import SignedReceipt, Terms
from tallystick.errors import IntegrityMismatch, InvalidInput, NodeError
from tallystick.pipeline.datasets.manifest import Manifest, check_records, read_manifest
from tallystick.pipeline.models.card import ModelCard, read_card
from tallystick.pipeline.models.foundation import digest_of_files
from tallystick.pipeline.registration.content_id import dataset_id
from tallystick.ports import Chain, ContentStore, Opening, RegisteredDataset

ADAPTER_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One link: what it says, its hash if it has one, and how it was verified."""

    name: str
    what: str
    hash: Hash | None
    verified_by: str
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record that carried weight in the answer; its path in the data set's tree was verified."""

    asset_id: AssetId
    dataset: str
    index: int
    text: str
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class Sources:
    """`is_opened`: whether question and answer were shown to be the receipt's."""

    terms: Terms
    steps: tuple[TraceStep, ...]
    records: tuple[OpenedRecord, ...]
    is_opened: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A data set behind a line. `records` is None for a private one, of which the chain alone tells."""

    asset_id: AssetId
    name: str
    registrant: Address
    root: Hash
    count: int
    records: tuple[Record, ...] | None


@contextmanager
def broken_link(name: str) -> Iterator[None]:
    """Lets an error say which link of the chain of evidence does not hold."""
    try:
        yield
    except NodeError as error:
        kind = IntegrityMismatch if isinstance(error, InvalidInput) else type(error)
        raise kind(f"The link `{name}` does not hold: {error.message}", error.hint) from error


def check(holds: bool, message: str) -> None:
    if not holds:
        raise IntegrityMismatch(message, "Do not rely on it; ask its operator.")


def sources_of(
    chain: Chain, content: ContentStore, terms: Terms, signed: SignedReceipt, opening: Opening | None
) -> Sources:
    """Verify everything that the lines of a receipt stand on."""
    with broken_link("adapter"):
        card, digest = card_of(chain, content, terms)
    with broken_link("manifest"):
        _check_manifest(chain, terms, card)
    sources = tuple(
        source_of(chain, content, asset) for asset in _assets(signed, Pot.TRAINING, Pot.RETRIEVAL)
    )
    with broken_link("manifest"):
        _check_trained(card, {s.asset_id: s for s in sources}, _assets(signed, Pot.TRAINING))
    opened: tuple[OpenedRecord, ...] = ()
    if opening is not None:
        with broken_link("receipt"):
            _check_opening(signed, opening)
        with broken_link("record"):
            opened = _opened(sources, _evidence(opening))
    manifest_step = TraceStep(
        "manifest",
        f"{len(card.manifest)} data sets, {sum(e.weight for e in card.manifest)} records trained on",
        terms.manifest_root,
        "tree rebuilt from the card; the same root in model, terms and registry",
    )
    adapter_step = TraceStep(
        "adapter",
        f"{card.name}: {len(card.files)} files",
        digest,
        "every file hashed again against card and registry",
    )
    steps = (_record_step(sources, opened), *map(_dataset_step, sources), manifest_step, adapter_step)
    return Sources(terms, steps, opened, opening is not None)


def _assets(signed: SignedReceipt, *pots: Pot) -> tuple[AssetId, ...]:
    return tuple(sorted({line.asset_id for line in signed.lines if line.pot in pots}))


def card_of(chain: Chain, content: ContentStore, terms: Terms) -> tuple[ModelCard, Hash]:
    model = chain.models.model(terms.model_id)
    card = read_card(content.get(model.content_digest))
    files = {name: content.get(digest, ADAPTER_BYTES) for name, digest in card.files.items()}
    digest = Hash(digest_of_files(files))
    check(digest == card.digest == model.digest, "its files give another digest than card and chain.")
    check(card.base_id == model.base_id, "its card names another base model than the chain.")
    check(card.attribution.features_of == digest, "its attribution index is of another adapter.")
    return card, digest


def _check_manifest(chain: Chain, terms: Terms, card: ModelCard) -> None:
    model, root = chain.models.model(terms.model_id), entry_tree(card.manifest).root
    check(
        root.hash == model.manifest_root == terms.manifest_root,
        "the card gives another root than model and terms.",
    )
    check(root.count == model.manifest_count, "the card lists another number of data sets than the chain.")
    check(
        chain.models.manifest_registered_at(terms.manifest_root) > 0,
        "the training manifest is not registered.",
    )
    check(
        all(chain.models.manifest_registered_at(m) > 0 for m in card.attribution.manifests),
        "its attribution index is seeded by a manifest that is not registered.",
    )
    check(
        entry_tree(card.index).root.hash == terms.index_root, "the card lists another index than the terms."
    )
    check(chain.models.index_registered_at(terms.index_root) > 0, "the retrieval index is not registered.")


def _check_trained(card: ModelCard, sources: Mapping[AssetId, Source], trained: tuple[AssetId, ...]) -> None:
    entries = {entry.dataset_id: entry for entry in card.manifest}
    for asset in trained:
        entry, source = entries.get(asset), sources[asset]
        check(
            entry is not None and entry.root == source.root and entry.weight <= source.count,
            f"it does not list {source.name}, which a line pays for training.",
        )


def source_of(chain: Chain, content: ContentStore, asset_id: AssetId) -> Source:
    with broken_link("data set"):
        registered = chain.datasets.dataset(asset_id)
        data = content.get(registered.manifest_digest)
        manifest = None if is_sealed(data) else _public(domain_of(chain), data, registered)
        registrant = registered.registrant if manifest is None else manifest.owner
        name = "a private data set" if manifest is None else manifest.name
        made = dataset_id(chain.chain_id, chain.datasets.address, registrant, registered.root)
        check(made == asset_id, f"owner and root of {name} do not give its id.")
    with broken_link("record"):
        records = None
        if manifest is not None:
            records = check_records(manifest, content.get(manifest.records_digest, MOST_RECORD_BYTES))
    return Source(asset_id, name, registrant, registered.root, registered.count, records)


def _public(domain: Domain, data: bytes, registered: RegisteredDataset) -> Manifest:
    manifest = read_manifest(domain, data)
    said = (manifest.root, manifest.count, manifest.licence)
    check(
        said == (registered.root, registered.count, registered.licence),
        f"the manifest of {manifest.name} says other than the chain.",
    )
    return manifest


def _check_opening(signed: SignedReceipt, opening: Opening) -> None:
    try:
        messages = json.loads(opening.messages_json)
        asked = query_commit(messages, opening.salt)
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrityMismatch(f"its question cannot be read: {error!r}.") from error
    check(asked == signed.receipt.query_commit, "the question is not the one it commits to.")
    answered = output_commit(opening.output, opening.salt)
    check(answered == signed.receipt.output_commit, "the answer is not the one it commits to.")


def _evidence(opening: Opening) -> list[tuple[AssetId, int, str, str]]:
    """Data set, record, channel and reason of each piece of evidence; the operator's form or the consumer's."""
    try:
        body: dict[str, Any] = json.loads(opening.attribution_json)
        rows = [
            (e["asset_id"], e["record"], e["channel"], e["reason"])
            for e in body.get("evidence") or ()
            if e["value"] > 0
        ]
        if not body.get("evidence"):
            rows = [
                (c["dataset_id"], c["record"], "context", c["title"]) for c in body.get("citations") or ()
            ]
        return [(AssetId(bytes.fromhex(a[2:])), int(r), str(c), str(why)) for a, r, c, why in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityMismatch(f"the kept attribution cannot be read: {error!r}.") from error


def _opened(
    sources: tuple[Source, ...], evidence: list[tuple[AssetId, int, str, str]]
) -> tuple[OpenedRecord, ...]:
    """The records that carried what the lines pay; evidence of unpaid data sets is left out."""
    by_id = {s.asset_id: s for s in sources}
    found = []
    for asset, index, channel, reason in evidence:
        source = by_id.get(asset)
        if source is None or source.records is None:
            continue
        name = source.name
        check(0 <= index < len(source.records), f"{name} has no record {index}.")
        record, tree = source.records[index], record_tree(source.records)
        leaf = leaves.record(record.index, record.content_hash, record.salt)
        root = sum_tree.Root(source.root, source.count, source.count)
        check(
            sum_tree.verify(root, index, leaf, 1, tree.path(index)),
            f"record {index} is not under the root of {name}.",
        )
        found.append(OpenedRecord(asset, name, index, _text_of(record), channel, reason))
    return tuple(found)


def _text_of(record: Record) -> str:
    """Question before answer; a canonical body has its columns in alphabetical order."""
    return " ".join(record.body[column] for column in TEXT_COLUMNS if column in record.body)


def _record_step(sources: tuple[Source, ...], opened: tuple[OpenedRecord, ...]) -> TraceStep:
    how = "every record canonical and hashed again; its leaf leads to the data set's root"
    if opened:
        first = opened[0]
        more = f" and {len(opened) - 1} more" if len(opened) > 1 else ""
        return TraceStep("record", f"{first.dataset} #{first.index}: {first.text[:80]}{more}", None, how)
    count = sum(len(s.records) for s in sources if s.records is not None)
    return TraceStep(
        "record", f"{count} records; which carried the answer, only its opening tells", None, how
    )


def _dataset_step(source: Source) -> TraceStep:
    kept = "" if source.records is not None else "; its records are encrypted"
    how = "root, count and id as the chain has them"
    if source.records is not None:
        how = "signed manifest; root against the registry; id from owner and root; tree rebuilt from its records"
    return TraceStep(
        "data set", f"{source.name} of {source.registrant}, {source.count} records{kept}", source.root, how
    )
