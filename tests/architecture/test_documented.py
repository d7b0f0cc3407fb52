"""What can be typed, set or counted is documented, or the tests fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from publisher.catalogue import CATALOGUE
from publisher.cli.commands import COMMANDS
from publisher.cli.main import cli
from publisher.cli.reference import command_reference
from publisher.config import Config, settings_reference

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT_COMMANDS = {
    "generate", "ingest", "plan", "release", "attack", "diff", "review", "sign", "publish",
    "verify", "describe", "sql", "doctor",
}  # fmt: skip
OWN_COMMANDS = {"store"}


def _settings(model: type[BaseModel]) -> list[tuple[str, str]]:
    return [(name, field.description or "") for name, field in model.model_fields.items()]


def test_every_command_of_the_contract_exists_and_no_other():
    assert {command.name for command in COMMANDS} == CONTRACT_COMMANDS | OWN_COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_takes_the_shared_options_and_explains_itself(command):
    shown = CliRunner().invoke(command, ["--help"])
    assert shown.exit_code == 0
    for option in ("--config", "--store", "--output", "--json"):
        assert option in shown.output
    assert command.help


def test_the_command_page_is_what_the_program_says():
    page = PROJECT / "docs" / "commands.md"
    assert page.read_text(encoding="utf-8") == command_reference()


def test_the_page_does_not_depend_on_who_asked_for_help_before():
    before = command_reference()
    for command in COMMANDS:
        assert CliRunner().invoke(cli, [str(command.name), "-h"]).exit_code == 0
    assert command_reference() == before


def test_the_settings_page_is_what_the_program_accepts():
    page = PROJECT / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == settings_reference()


def test_every_setting_is_described():
    assert [name for name, words in _settings(Config) if not words] == []
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            bare = [inner for inner, words in _settings(field.annotation) if not words]
            assert bare == [], f"settings of {name} without a description"


def test_every_group_of_settings_stands_in_the_shipped_configuration():
    text = (PROJECT / "config.yaml").read_text(encoding="utf-8")
    groups = [
        name
        for name, field in Config.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    ]
    assert [name for name in groups if f"\n{name}:" not in text] == []


def test_every_measure_says_in_words_what_it_counts():
    bare = [each.name for data_set in CATALOGUE for each in data_set.measures if not each.words]
    assert bare == []
