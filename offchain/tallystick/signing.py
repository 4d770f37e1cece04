"""A signer's parts: keystore, policy, readings of the deployment and the record. Knows no chain and no node."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from tallystick.app.signing.desk import SigningDesk
from tallystick.app.signing.policy import read_policy
from tallystick.app.signing.readings import CallShape, Readings
from tallystick.commitments.typed_data import domain_separator
from tallystick.domain.ids import Address
from tallystick.errors import NotFound
from tallystick.gateways.chain.deployment import Deployment, read_deployment
from tallystick.gateways.chain.sending.calls import changing_calls
from tallystick.gateways.keys.keystore import Key, Keystore
from tallystick.gateways.keys.passwords import read_password, read_secret
from tallystick.gateways.keys.shielding import hide_memory
from tallystick.gateways.ledger.signing_record.store import SqliteSigningRecord

_SPEAKING = ("UsageEscrow", "AgentReputation")


def readings_of(deployment: Deployment) -> Readings:
    """What a policy for this deployment can name."""
    chain_id = deployment.chain_id
    calls: dict[tuple[Address, bytes], CallShape] = {
        (at, selector): arguments for at, selector, arguments in changing_calls(deployment)
    }
    speaking = [deployment.contracts[name] for name in _SPEAKING if name in deployment.contracts]
    domains = {domain_separator(chain_id, at): at for at in speaking}
    return Readings(chain_id, deployment.address_of("UsageEscrow"), domains, calls)


@contextmanager
def signing_desk(
    *,
    keystore: Path,
    password_file: Path | None,
    deployment: Path,
    policy: Path,
    record: Path,
    is_new_record: bool = False,
) -> Iterator[SigningDesk]:
    """Opens every key that the policy names; `NotFound` where one is missing."""
    hide_memory(from_debuggers=True)
    readings = readings_of(read_deployment(deployment))
    rules = read_policy(policy, readings)
    held = _held(Keystore(keystore), password_file, tuple(rules.keys))
    with closing(signing_record(record, is_new=is_new_record)) as books:
        yield SigningDesk(held, rules, readings, books)


def signing_record(path: Path, *, is_new: bool = False) -> SqliteSigningRecord:
    return SqliteSigningRecord(path, is_new=is_new)


def bearer_token(file: Path | None) -> str:
    return "" if file is None else read_secret(file)


def _held(
    keystore: Keystore, password_file: Path | None, names: tuple[str, ...]
) -> Callable[[], Mapping[str, Key]]:
    opened: dict[str, Key] = {}

    def held() -> Mapping[str, Key]:
        """A key of the policy whose file came after the start is opened when it is first asked for."""
        for name in names:
            if name not in opened and name in keystore.names():
                opened[name] = keystore.load(name, partial(read_password, password_file, key=name))
        return opened

    if not held():
        raise NotFound(
            f"None of the policy's keys is in the keystore: {', '.join(names) or 'it names none'}.",
            "Make one with `tallystick keys new`.",
        )
    return held
