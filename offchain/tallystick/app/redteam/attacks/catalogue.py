"""All attacks by name, in the order of the red-team table."""

from collections.abc import Mapping
from typing import Final

from tallystick.app.redteam.attacks.attack import Attack
from tallystick.app.redteam.attacks.audits.detection import DETECTION
from tallystick.app.redteam.attacks.audits.grinding import GRINDING
from tallystick.app.redteam.attacks.audits.misattribution import MISATTRIBUTION, SHADE
from tallystick.app.redteam.attacks.audits.outage import OUTAGE
from tallystick.app.redteam.attacks.audits.seats import BRIBED, COPYING, LAZY
from tallystick.app.redteam.attacks.audits.substitution import SUBSTITUTION
from tallystick.app.redteam.attacks.bonds import FRONT_RUN, RACE, RECAPTURE
from tallystick.app.redteam.attacks.forged import FORGED
from tallystick.app.redteam.attacks.griefing import DELAY, GRIEFING
from tallystick.app.redteam.attacks.own_squatting import OWN_SQUATTING
from tallystick.app.redteam.attacks.sharing.clones import CLONES, LAUNDERING, STUFFING
from tallystick.app.redteam.attacks.sharing.flood import FLOOD
from tallystick.app.redteam.attacks.sniping import SNIPING
from tallystick.app.redteam.attacks.squatting import SQUATTING
from tallystick.app.redteam.attacks.swarm import SWARM
from tallystick.app.redteam.attacks.wash import WASH
from tallystick.errors import NotFound

ON_PAY: Final = (CLONES, LAUNDERING, STUFFING, FLOOD)
ON_AUDITS: Final = (MISATTRIBUTION, DETECTION, SHADE, LAZY, COPYING, BRIBED, GRINDING, SUBSTITUTION, OUTAGE)
ATTACKS: Final[Mapping[str, Attack]] = {
    a.name: a
    for a in (
        WASH,
        FORGED,
        RECAPTURE,
        FRONT_RUN,
        SNIPING,
        SQUATTING,
        OWN_SQUATTING,
        RACE,
        SWARM,
        GRIEFING,
        DELAY,
        *ON_PAY,
        *ON_AUDITS,
    )
}


def attacks_named(name: str) -> list[Attack]:
    """All for no name; NotFound for one that nobody wrote."""
    if not name:
        return list(ATTACKS.values())
    if name not in ATTACKS:
        raise NotFound(f"There is no attack {name!r}.", f"There is: {', '.join(ATTACKS)}.")
    return [ATTACKS[name]]
