"""docs/commands.md, made from the commands themselves.

Usage: python -m publisher.cli.reference > docs/commands.md
"""

from __future__ import annotations

import sys

import click

from publisher.cli.commands import COMMANDS
from publisher.cli.main import cli

_INTRODUCTION = """# Commands

Standard output carries the result (`--json` for machines), standard error the progress. Exit codes:
0 done; 1 blocked by a check, a policy or an attack that succeeded; 2 wrong usage or configuration;
3 could not run.
"""


def command_reference() -> str:
    """Every command with its help text, as Markdown."""
    sections = [_section(command) for command in COMMANDS]
    return "\n".join([_INTRODUCTION, *sections])


def _section(command: click.Command) -> str:
    program = click.Context(cli, info_name="publisher", **cli.context_settings)
    context = click.Context(
        command, program, info_name=command.name, max_content_width=96, terminal_width=96
    )
    return f"## {command.name}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(command_reference())
