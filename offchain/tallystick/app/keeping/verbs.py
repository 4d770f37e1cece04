"""Verbs of whoever keeps the books safe, or wonders what they say."""

from collections.abc import Mapping
from pathlib import Path

from tallystick.app.keeping import backup
from tallystick.app.keeping.export import ExportedBooks, export_books
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import Hash


class KeepingVerbs(Parts):
    """A backup may be made of a running node; a restore needs one that is stopped."""

    def back_up(self, *, folder: Path, with_keys: bool) -> backup.BackedUp:
        return backup.back_up(self._config, self._keepers, folder, with_keys=with_keys)

    def restore(self, *, folder: Path, digest: Hash | None) -> backup.Restored:
        self._config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._outside.alone():
            return backup.restore(self._config, self._keepers, folder, digest=digest)

    @property
    def _keepers(self) -> backup.Keepers:
        return backup.Keepers(self._outside.keeper(), self._outside.purchases_keeper())

    def export(self, *, folder: Path, with_text: bool) -> ExportedBooks:
        return export_books(self._outside.analyst(), folder, with_text=with_text)

    def query(self, *, sql: str, folder: Path, limit: int) -> tuple[Mapping[str, object], ...]:
        return self._outside.analyst().query(folder, sql, limit)
