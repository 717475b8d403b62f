"""Which rendition a segment belongs to survives restarts, torn lines and nonsense."""

from pathlib import Path

import pytest

from tvd.playout.renditions import FILE, Renditions


def loaded(folder: Path) -> Renditions:
    made = Renditions(folder, "night")
    made.load()
    return made


def test_without_a_file_nothing_changed(tmp_path: Path) -> None:
    empty = loaded(tmp_path)
    assert (empty.at(100), empty.changes(100)) == (None, 0)


def test_each_change_counts_once_and_for_ever(tmp_path: Path) -> None:
    made = loaded(tmp_path)
    for seq, name in ((100, "one"), (110, "one"), (120, "two"), (130, "two"), (140, "one")):
        made.begin(seq, name)
        for known in (made, loaded(tmp_path)):
            assert known.at(seq) == name
    again = loaded(tmp_path)
    again.begin(150, "one")
    assert [again.at(seq) for seq in (99, 100, 119, 120, 139, 140, 999)] == [
        None, "one", "one", "two", "two", "one", "one",
    ]  # fmt: skip
    assert [again.changes(seq) for seq in (99, 100, 119, 120, 139, 140, 999)] == [0, 0, 0, 1, 1, 2, 2]
    assert len((tmp_path / "night" / FILE).read_bytes().splitlines()) == 3


@pytest.mark.parametrize("rest", [b'{"seq":130,"rend', b"\xff\xfe\n", b"[]\n"])
def test_what_is_torn_is_passed_over(tmp_path: Path, rest: bytes) -> None:
    made = loaded(tmp_path)
    made.begin(100, "one")
    made.begin(120, "two")
    with (tmp_path / "night" / FILE).open("ab") as file:
        file.write(rest)
    again = loaded(tmp_path)
    assert (again.at(125), again.changes(125), again.changes(1000)) == ("two", 1, 1)
    again.begin(140, "three")
    assert (loaded(tmp_path).at(140), loaded(tmp_path).changes(140)) == ("three", 2)


def test_a_change_taken_back_by_a_restart(tmp_path: Path) -> None:
    """A restart with other settings makes the window again from before the change that came last."""
    made = loaded(tmp_path)
    for seq, name in ((100, "one"), (120, "two"), (117, "three")):
        made.begin(seq, name)
    for known in (made, loaded(tmp_path)):
        assert [known.at(seq) for seq in (110, 116, 117, 120, 200)] == ["one", "one", "three", "three", "three"]
        assert [known.changes(seq) for seq in (116, 117, 120, 200)] == [0, 1, 1, 1]
    made.begin(115, "one")
    assert [(known.at(200), known.changes(200)) for known in (made, loaded(tmp_path))] == [("one", 0)] * 2
