from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from shared.runtime.yaml_files.folder import YamlFolder
from shared.runtime.yaml_files.reading import MAX_BYTES, Misread, read_yaml


class Room(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seats: int
    name: str = ""
    door: bool = False


class House(BaseModel):
    model_config = ConfigDict(extra="forbid")

    country: str
    rooms: tuple[Room, ...] = ()
    notes: dict[str, str] = {}


def read(folder: Path, text: str | bytes, name: str = "house.yaml") -> House:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(file, House, name=name)


def problems(folder: Path, text: str | bytes, name: str = "house.yaml") -> list[str]:
    with pytest.raises(Misread) as caught:
        read(folder, text, name)
    return [str(problem) for problem in caught.value.problems]


def test_norway_is_a_country_and_yes_is_a_word(tmp_path: Path) -> None:
    house = read(tmp_path, "country: NO\nrooms:\n  - {seats: 010, name: yes, door: true}\n")
    assert house == House(country="NO", rooms=(Room(seats=10, name="yes", door=True),))


def test_a_number_where_text_belongs_says_how_to_write_it(tmp_path: Path) -> None:
    assert problems(tmp_path, "country: IT\nrooms:\n  - seats: 2\n    name: 22.04\n") == [
        "house.yaml:4: rooms[0].name: found 22.04; allowed: text (a number in quotes is text)"
    ]


def test_an_unknown_key_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    assert problems(tmp_path, "country: IT\nrooms:\n  - seats: 2\n    chairs: 3\n") == [
        "house.yaml:4: rooms[0].chairs is not known; allowed: seats, name, door"
    ]


def test_all_problems_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    found = problems(tmp_path, "rooms:\n  - name: a\n  - seats: many\nnotes: [x]\n")
    assert [problem.partition(": ")[0] for problem in found] == [f"house.yaml:{n}" for n in (1, 2, 3, 4)]
    assert "country is missing" in found[0]
    assert "rooms[0].seats is missing" in found[1]
    assert "found 'many'; allowed: a valid integer" in found[2]
    assert "found a list" in found[3]


def test_a_key_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    assert problems(tmp_path, "country: IT\nrooms: []\ncountry: ES\n") == [
        "house.yaml:3: country stands here again, first in line 1"
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("country: IT\n  name: [\n", 2, "not YAML"),
        ("country: [IT\n", 2, "not YAML"),
        ("a: &x [1]\ncountry: *x\n", 2, "alias"),
        ("country: !!python/object/apply:os.system [ls]\n", 1, "tag"),
        ("country: IT\n---\ncountry: ES\n", 2, "second document"),
        ("country: IT\n? [a]\n: 1\n", 2, "a key is a list"),
        ("country: IT\nnotes: " + "[" * 40 + "]" * 40, 2, "nested deeper"),
        ("country: IT\nnotes: " + "[" * 5000 + "]" * 5000, 2, "nest"),
        (b"country: IT\nnotes: {a: \xff}\n", 2, "UTF-8"),
        ("country: 'I\x00T'\n", 1, "control character"),
        ("- country\n", 1, "found a list"),
        ("x" * (MAX_BYTES + 1), 1, "larger than"),
    ],
)
def test_what_is_no_yaml_of_ours_is_refused_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, says: str
) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(f"house.yaml:{line}: ")
    assert says in found


def test_a_files_name_must_be_an_id(tmp_path: Path) -> None:
    assert "a file's name is an id" in problems(tmp_path, "country: IT", name="my house.yaml")[0]


def test_an_unreadable_file_is_there_and_unknown(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text("country: IT")
    (tmp_path / "bad.yaml").write_text("country: [")
    (tmp_path / "good.yaml.swp").write_text("not ours")
    (tmp_path / ".hidden.yaml").write_text("not ours")
    reading = YamlFolder(tmp_path, House).read()
    assert reading.entries == {"good": House(country="IT"), "bad": None}
    assert [problem.file for problem in reading.problems] == [f"{tmp_path.name}/bad.yaml"]


def test_a_mended_file_is_read_again_and_a_removed_one_is_gone(tmp_path: Path) -> None:
    folder = YamlFolder(tmp_path, House)
    (tmp_path / "a.yaml").write_text("country: [")
    (tmp_path / "b.yaml").write_text("country: ES")
    assert folder.read().entries == {"a": None, "b": House(country="ES")}
    (tmp_path / "a.yaml").write_text("country: FR")
    (tmp_path / "b.yaml").unlink()
    assert folder.read().entries == {"a": House(country="FR")}
    assert folder.read().problems == ()


def test_a_folder_that_is_not_there_says_nothing_about_its_entries(tmp_path: Path) -> None:
    reading = YamlFolder(tmp_path / "sites", House).read()
    assert not reading.there
    assert "cannot be read" in str(reading.problems[0])


def test_a_folder_that_cannot_be_a_file_is_a_problem_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").mkdir()
    reading = YamlFolder(tmp_path, House).read()
    assert reading.entries == {"odd": None}
    assert "cannot be read" in str(reading.problems[0])
