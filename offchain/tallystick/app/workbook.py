"""What this node remembers by name: data sets it knows and models it made. Small JSON files under its home."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.domain.ids import AssetId, Hash
from tallystick.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Workbook:
    """`home` is the node's data folder."""

    home: Path

    def adapter_folder(self, name: str) -> Path:
        return self.artifact_folder(Hash(bytes.fromhex(str(self.model(name)["digest"]))))

    def artifact_folder(self, digest: Hash) -> Path:
        """Where the files with this digest are; a folder there never changes."""
        return self.home / "artifacts" / digest.hex()

    @property
    def jobs_folder(self) -> Path:
        return self.home / "jobs"

    @property
    def key_grants_folder(self) -> Path:
        return self.home / "key_grants"

    def check_name(self, name: str) -> None:
        """InvalidInput for a name that cannot be noted."""
        _safe(name)

    def note_dataset(self, name: str, asset_id: AssetId) -> None:
        self._write(self.home / "datasets" / f"{_safe(name)}.json", {"asset_id": asset_id.hex()})

    def dataset_id(self, name: str) -> AssetId:
        """By name, or by its id as 0x hex."""
        if name.startswith("0x"):
            return _id(name)
        path = self.home / "datasets" / f"{_safe(name)}.json"
        return AssetId(bytes.fromhex(str(self._read(path, f"data set {name!r}")["asset_id"])))

    def dataset_ids(self) -> tuple[AssetId, ...]:
        """Of every data set that has a name here, by name."""
        return tuple(self.dataset_id(name) for name in self.dataset_names())

    def dataset_names(self) -> tuple[str, ...]:
        return tuple(sorted(p.stem for p in (self.home / "datasets").glob("*.json")))

    def note_title(self, asset_id: AssetId, title: str) -> None:
        """What a data set is called that others registered through this node: to show, never to find it by."""
        self._write(self.home / "titles" / f"{asset_id.hex()}.json", {"title": _safe(title)})

    def titles(self) -> dict[bytes, str]:
        found = sorted((self.home / "titles").glob("*.json"))
        return {bytes.fromhex(p.stem): str(self._read(p, "title")["title"]) for p in found}

    def note_model(self, name: str, facts: dict[str, Any]) -> None:
        path = self._model(name) / "model.json"
        held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self._write(path, {**held, **facts})

    def note_trained(self, name: str, facts: dict[str, Any]) -> bool:
        """A model as it was trained; False when this very adapter has that name already.

        What is known of an earlier one by this name, its registration too, is set aside.
        """
        path = self._model(name) / "model.json"
        held = self.model(name) if path.exists() else {}
        if held.get("digest") == facts["digest"]:
            self._write(path, {**held, **facts})
            return False
        if held:
            self._write(self._model(name) / "versions" / f"{held['digest']}.json", held)
        self._write(path, facts)
        return True

    def earlier_versions(self, name: str) -> tuple[str, ...]:
        """Digests, in hex, of the adapters that had this name before."""
        return tuple(sorted(p.stem for p in (self._model(name) / "versions").glob("*.json")))

    def note_sealed(self, name: str, evaluation_id: Hash, salt: bytes) -> None:
        """The evaluation that a model is judged by; only this node's owner reads the salt."""
        path = self._model(name) / "sealed.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        told = {"evaluation_id": evaluation_id.hex(), "salt": salt.hex()}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")

    def evaluation_id(self, name: str) -> Hash:
        found = self._read(self._model(name) / "sealed.json", f"sealed questions of model {name!r}")
        return Hash(bytes.fromhex(str(found["evaluation_id"])))

    def evaluation_salt(self, name: str) -> bytes:
        found = self._read(self._model(name) / "sealed.json", f"sealed questions of model {name!r}")
        return bytes.fromhex(str(found["salt"]))

    def comparisons_folder(self, name: str) -> Path:
        return self._model(name) / "comparisons"

    @property
    def decisions_folder(self) -> Path:
        return self.home / "decisions"

    def model_named(self, model_id: AssetId) -> str:
        """The name that a registered model has here."""
        for path in sorted((self.home / "models").glob("*/model.json")):
            if self._read(path, "model").get("model_id") == model_id.hex():
                return path.parent.name
        raise NotFound(
            f"This node has no model 0x{model_id.hex()}.",
            "Judge on the node that trained it, or against the base.",
        )

    def model_id(self, name: str) -> AssetId:
        """By name, or by its id as 0x hex; NotFound for a model that is not registered."""
        if name.startswith("0x"):
            return _id(name)
        facts = self.model(name)
        if "model_id" not in facts:
            raise NotFound(
                f"The model {name!r} is not registered.", f"Run `tallystick model register {name}`."
            )
        return AssetId(bytes.fromhex(str(facts["model_id"])))

    def model(self, name: str) -> dict[str, Any]:
        return self._read(self._model(name) / "model.json", f"model {name!r}")

    def model_names(self) -> tuple[str, ...]:
        """Of every model that was trained here."""
        return tuple(sorted(p.parent.name for p in (self.home / "models").glob("*/model.json")))

    def serving(self) -> str:
        """The model that was registered last."""
        hint = "Run `tallystick model register NAME` first."
        return str(self._read(self.home / "serving.json", "registered model", hint)["name"])

    def served_datasets(self) -> tuple[AssetId, ...]:
        """What the served model was trained on or quotes."""
        return tuple(AssetId(bytes.fromhex(i)) for i in self.model(self.serving())["datasets"])

    def note_serving(self, name: str) -> None:
        self._write(self.home / "serving.json", {"name": name})

    def note_nothing_served(self) -> None:
        (self.home / "serving.json").unlink(missing_ok=True)

    def _model(self, name: str) -> Path:
        return self.home / "models" / _safe(name)

    @staticmethod
    def _read(path: Path, what: str, hint: str = "Check the name.") -> dict[str, Any]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotFound(f"This node knows no {what}.", hint) from error
        except ValueError as error:
            raise InvalidInput(f"{path} is damaged: {error}.", "Remove it and do the step again.") from error
        return dict(found)

    @staticmethod
    def _write(path: Path, facts: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        part.replace(path)


def _id(text: str) -> AssetId:
    if not re.fullmatch(r"0x[0-9a-fA-F]{64}", text):
        raise InvalidInput(f"{text!r} is no id: 0x and 64 hex digits.", "Give its name or its whole id.")
    return AssetId(bytes.fromhex(text[2:]))


def _safe(name: str) -> str:
    if not name or not all(c.isalnum() or c in "-_." for c in name) or name.startswith("."):
        raise InvalidInput(f"{name!r} is no name: letters, digits, '-', '_' and '.'.")
    return name
