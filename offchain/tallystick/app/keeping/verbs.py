"""Verbs of whoever keeps the books safe."""

from pathlib import Path

from tallystick.app.keeping import backup
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Hash


class KeepingVerbs(Parts):
    """A backup may be made of a running node; a restore needs one that is stopped."""

    def back_up(self, *, folder: Path, with_keys: bool) -> backup.BackedUp:
        return backup.back_up(self._config, self._outside.keeper(), folder, with_keys=with_keys)

    def restore(self, *, folder: Path, digest: Hash | None) -> backup.Restored:
        self._config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._outside.alone():
            return backup.restore(self._config, self._outside.keeper(), folder, digest=digest)
