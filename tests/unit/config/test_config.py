"""A wrong setting is found with its line, its column and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.config import Config, load_config
from publisher.errors import ConfigProblem

PROJECT = Path(__file__).resolve().parents[3]


def load(folder: Path, text: str) -> Config:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigProblem) as caught:
        load(folder, text)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_shipped_configuration_is_what_the_program_does_anyway():
    shipped, default = load_config(PROJECT / "config.yaml"), Config()
    folders = {"store", "output", "key_file", "templates", "expectations"}
    assert shipped.model_dump(exclude=folders) == default.model_dump(exclude=folders)


def test_an_empty_file_means_the_defaults(tmp_path: Path):
    assert load(tmp_path, "").disclosure == Config().disclosure


def test_folders_are_found_beside_the_file(tmp_path: Path):
    assert load(tmp_path, "store: here\n").store == tmp_path / "here"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("disclosur:\n  rounding_base: 10\n", ":1:1:", "Did you mean 'disclosure'?"),
        ("disclosure:\n  roundng_base: 10\n", ":2:3:", "Did you mean 'rounding_base'?"),
        ("publication:\n  contact:\n    emial: a@b.c\n", ":3:5:", "Did you mean 'email'?"),
        ("disclosure:\n  minimum_schools: 0\n", ":2:20:", "greater than or equal"),
        ("disclosure:\n  rounding_base: 1\n", ":2:18:", "asks for 5 or more"),
        ("disclosure:\n  profile: none\n", ":2:12:", "cautious"),
        ("engine:\n  threads: two\n", ":2:12:", "integer"),
        ("engine:\n threads: 2\n  memory_limit: 1GB\n", ":3:", "mapping"),
        ("store: a\nstore: b\n", ":2:1:", "duplicate key"),
        ("- a list\n", ":1:1:", "name: value"),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, text, where, words):
    said = problem(tmp_path, text)
    assert where in said
    assert words in said


def test_every_wrong_setting_is_named_at_once(tmp_path: Path):
    said = problem(tmp_path, "disclosur: {}\nengine:\n  threads: two\n")
    assert ":1:1:" in said
    assert ":3:12:" in said


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path):
    (tmp_path / "config.yaml").write_bytes("store: écoles\n".encode("latin-1"))
    with pytest.raises(ConfigProblem, match="UTF-8"):
        load_config(tmp_path / "config.yaml")
