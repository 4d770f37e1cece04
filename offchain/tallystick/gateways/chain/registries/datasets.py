"""The registry of data sets: one method a contract call."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tallystick.domain.ids import Address, AssetId, Hash, Purpose
from tallystick.errors import NotFound
from tallystick.gateways.chain.registries.assets import ContentRegistry
from tallystick.ports import (
    ChainEvent,
    Demand,
    Grant,
    RegisteredDataset,
    Revelation,
    ShownRecord,
    Transaction,
)


class DatasetRegistry(ContentRegistry):
    """Satisfies `ports.DatasetRegistry`."""

    _HISTORY = ("DatasetRevealed", *ContentRegistry._HISTORY, "DatasetConvicted")

    def commitment_of(self, owner: Address, root: Hash, salt: bytes) -> Hash:
        return Hash(self._call("commitmentOf", owner, root, salt))

    def commit(self, commitments: Sequence[Hash]) -> tuple[int, Transaction]:
        """Takes a commit bond for each; the first's place in the order of priority."""
        one = len(commitments) == 1
        done = self._send("commit", commitments[0]) if one else self._send("commitMany", list(commitments))
        return int(done.event("DatasetCommitted").values["order"]), done

    def reveal(self, opened: Sequence[Revelation]) -> tuple[tuple[AssetId, ...], Transaction]:
        """The rest of the bonds; the new assets in their order."""
        items = [_revelation(r) for r in opened]
        done = self._send("reveal", items[0]) if len(items) == 1 else self._send("revealMany", items)
        events = (e for e in done.events if e.name == "DatasetRevealed")
        return tuple(AssetId(e.values["datasetId"]) for e in events), done

    def reveal_calldata(self, opened: Revelation) -> bytes:
        """For a wallet that reveals by itself."""
        return self.calldata("reveal", _revelation(opened))

    def previous_version_of(self, asset_id: AssetId) -> AssetId | None:
        return _asset_or_none(self._call("previousVersionOf", asset_id))

    def next_version_of(self, asset_id: AssetId) -> AssetId | None:
        return _asset_or_none(self._call("nextVersionOf", asset_id))

    def register_licence(self, allowed: Purpose, text_digest: Hash) -> tuple[int, Transaction]:
        """A licence text for everyone's use; its code."""
        done = self._send("registerLicence", int(allowed), text_digest)
        return int(done.event("LicenceRegistered").values["licence"]), done

    def licence_fee(self) -> int:
        """What registering a licence burns."""
        return int(self._call("bondBase"))

    def licence_purposes(self, code: int) -> Purpose:
        """What a licence allows everyone."""
        found = self._call("licenceOf", code)
        if not found["known"]:
            raise NotFound(f"No licence {code} is registered.", "Register its text first.")
        return Purpose(found["purposes"])

    def grant(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction:
        return self._send("grant", asset_id, operator, int(purposes))

    def revoke(self, asset_id: AssetId, operator: Address, purposes: Purpose) -> Transaction:
        return self._send("revoke", asset_id, operator, int(purposes))

    def grants_of(self, asset_id: AssetId, operator: Address) -> tuple[Grant, ...]:
        """Oldest first; each is in force until the next."""
        found = self._call("grantsOf", asset_id, operator)
        return tuple(Grant(g["since"], Purpose(g["purposes"])) for g in found)

    def grants_made(self, asset_id: AssetId, first: int, last: int) -> dict[Address, Grant]:
        """What each operator has by its newest grant, where that is anything."""
        events = self._events("GrantSet", first, last, datasetId=asset_id)
        newest = {
            Address(e.values["operator"]): Grant(e.values["since"], Purpose(e.values["purposes"]))
            for e in events
        }
        return {operator: grant for operator, grant in newest.items() if grant.purposes}

    def granted_at(self, asset_id: AssetId, operator: Address, at: int) -> Purpose:
        return Purpose(self._call("grantedAt", asset_id, operator, at))

    def forfeit_commitment(self, owner: Address, commitment: Hash) -> Transaction:
        return self._send("forfeitCommitment", owner, commitment)

    def bond_holding(self) -> int:
        """Seconds after its registration in which a data set's bond cannot be taken back."""
        return int(self._call("bondHolding"))

    def withdraw_bond(self, asset_id: AssetId) -> Transaction:
        return self._send("withdrawBond", asset_id)

    def prove_duplicate(self, earlier: ShownRecord, later: ShownRecord, content_hash: Hash) -> Transaction:
        return self._send("proveDuplicate", _record_proof(earlier), _record_proof(later), content_hash)

    def demand_terms(self) -> tuple[int, int]:
        """What a demand takes, and the seconds to answer it."""
        return int(self._call("demandBond")), int(self._call("demandWindow"))

    def demand_leaf(self, asset_id: AssetId, index: int) -> Transaction:
        return self._send("demandLeaf", asset_id, index)

    def open_leaf(self, shown: ShownRecord, content_hash: Hash, *, intent: str | None = None) -> Transaction:
        return self._send("openLeaf", _record_proof(shown), content_hash, intent=intent)

    def close_demand(self, asset_id: AssetId, index: int) -> Transaction:
        return self._send("closeDemand", asset_id, index)

    def open_demands(self, asset_id: AssetId, last: int) -> tuple[Demand, ...]:
        """Those made until block `last` and neither answered nor closed, by index."""
        found = self._call("dataset", asset_id)
        if found["openDemands"] == 0:
            return ()
        events = self._events("LeafDemanded", found["revealedBlock"], last, datasetId=asset_id)
        times = Counter(e.values["index"] for e in events)
        asked = ((n, self._call("demandOf", asset_id, n)) for n in sorted(times))
        return tuple(
            Demand(asset_id, n, Address(d["demander"]), d["until"], times[n]) for n, d in asked if d["until"]
        )

    def bond_of(self, count: int) -> int:
        return int(self._call("bondOf", count))

    def reveal_blocks(self) -> tuple[int, int]:
        """Blocks after the commit in which to reveal: from, to (exclusive)."""
        return int(self._call("commitDelay")), int(self._call("commitExpiry"))

    def commit_block(self, owner: Address, commitment: Hash) -> int:
        """Block of an open commitment; NotFound when there is none."""
        found = self._call("openCommitment", owner, commitment)
        if found["order"] == 0:
            raise NotFound(f"{owner} has no open commitment {commitment.hex()}.", "Commit first.")
        return int(found["committedBlock"])

    def dataset(self, asset_id: AssetId) -> RegisteredDataset:
        found = self._call("dataset", asset_id)
        if found["count"] == 0:
            raise NotFound(f"No data set {asset_id.hex()} is registered.", "Check the id and the chain.")
        block = found["revealedBlock"]
        (event,) = self._events("DatasetRevealed", block, block, datasetId=asset_id)
        return self._dataset(asset_id, found, event)

    def registered(self, first: int, last: int) -> tuple[RegisteredDataset, ...]:
        """All that were revealed in these blocks, in their order of priority, as they are now."""
        found = []
        for event in self._events("DatasetRevealed", first, last):
            asset_id = AssetId(event.values["datasetId"])
            found.append(self._dataset(asset_id, self._call("dataset", asset_id), event))
        return tuple(sorted(found, key=lambda dataset: dataset.order))

    def _dataset(self, asset_id: AssetId, found: Mapping[str, int], event: ChainEvent) -> RegisteredDataset:
        return RegisteredDataset(
            asset_id=asset_id,
            owner=self.owner_of(asset_id),
            registrant=Address(event.values["owner"]),
            root=Hash(event.values["root"]),
            count=found["count"],
            manifest_digest=Hash(event.values["manifestDigest"]),
            licence=found["licence"],
            order=found["order"],
            registered_at=self.registered_at(asset_id),
            bond=found["bond"],
            convicted_at=found["convictedAt"],
        )


def _asset_or_none(found: bytes) -> AssetId | None:
    return AssetId(found) if any(found) else None


def _revelation(r: Revelation) -> tuple[object, ...]:
    return (r.root, r.manifest_digest, r.salt, r.previous or bytes(32), r.count, r.licence)


def _record_proof(record: ShownRecord) -> tuple[object, ...]:
    return (
        record.asset_id,
        record.registrant,
        record.index,
        record.salt,
        record.path,
    )
