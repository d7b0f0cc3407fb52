"""The rules of the house: who may import whom, who may make what, how big a piece may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = sorted((PROJECT / "publisher").rglob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
MAKERS = {
    "TrueCells": "aggregate",
    "ProtectedCells": "disclosure",
    "ProtectedTable": "disclosure",
    "CheckedCells": "checks",
    "TrueAccount": "aggregate",
    "RunAccount": "disclosure",
}


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield node.func.id
            elif isinstance(node.func, ast.Attribute):
                yield node.func.attr


def test_rooms_import_only_what_they_may():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("made", "room"), MAKERS.items())
def test_only_one_room_makes_each_side_of_the_privacy_boundary(made: str, room: str):
    makers = {
        path.relative_to(PROJECT / "publisher").parts[0]
        for path in SOURCES
        if made in _calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert makers == {room}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_pieces_are_small(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing():
    vague = re.compile(r"^(utils?|helpers?|common|misc|tools)(\.py)?$")
    assert [path for path in SOURCES if any(vague.match(part) for part in path.parts)] == []


def test_nothing_is_left_to_do_and_no_place_of_a_machine_is_named():
    leftovers = re.compile(
        r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|(?<![\w.])/(tmp|root|work|home)/|pypi\.org"
    )
    found = [
        f"{path.relative_to(PROJECT)}: {line.strip()}"
        for path in (*SOURCES, *(PROJECT / "docs").glob("*.md"), *PROJECT.glob("*.md"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if leftovers.search(line)
    ]
    assert found == []


def test_heavy_libraries_are_not_imported_by_asking_for_help():
    program = "import sys; import publisher.cli; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"pandas", "duckdb", "pyarrow", "great_expectations", "gptables"}
    assert heavy & set(done.stdout.split()) == set()
