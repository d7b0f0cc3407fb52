"""Each sentence of the data-protection page names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def _sentences() -> list[tuple[str, str]]:
    page = (PROJECT / "docs" / "privacy.md").read_text(encoding="utf-8")
    section = page.split("## Data protection", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if "::" in line]
    return [(sentence, tests) for sentence, tests in rows]


@pytest.mark.parametrize(("sentence", "tests"), _sentences())
def test_a_sentence_is_kept_by_tests_that_exist(sentence: str, tests: str) -> None:
    named = NAMED.findall(tests)
    assert named, sentence
    assert sentence.endswith(".")
    for path, name in named:
        tree = ast.parse((PROJECT / "tests" / path).read_text(encoding="utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in found, f"{path} has no {name}"


def test_the_page_speaks_of_all_five() -> None:
    """What is held, why, how long, who may see it, how it is erased."""
    words = " ".join(sentence for sentence, _ in _sentences())
    for word in ("stored", "because", "until", "Reviewers", "erased"):
        assert word in words
