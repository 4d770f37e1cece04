import pytest

from tallystick.errors import InvalidInput
from tallystick.gateways.content.facade import safe_name


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "a\0b", "", ".", "x" * 1025])
def test_file_name_when_it_could_leave_the_upload_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        safe_name(name)


def test_file_name_when_relative_is_kept() -> None:
    assert safe_name("set/part one.jsonl") == "set/part one.jsonl"
