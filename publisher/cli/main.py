"""The `publisher` command and its exit codes.

0 done; 1 blocked by a check, a policy or an attack; 2 wrong usage or configuration; 3 could not
run. Heavy libraries are imported by the command that needs them.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import click

from publisher import __version__
from publisher.cli import console
from publisher.cli.commands import COMMANDS
from publisher.cli.options import shared_options
from publisher.errors import PublisherError

UNEXPECTED = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="publisher")
@shared_options
def cli(**_shared: Any) -> None:
    """Turn school attendance registers into official statistics in which no child is identifiable.

    A first release:  publisher generate --out demo/feed,  publisher ingest demo/feed,
    publisher release.
    """


for _command in COMMANDS:
    # click remembers the names of the help option that it was first asked for.
    _command.context_settings = dict(cli.context_settings)
    cli.add_command(_command)


def main() -> None:
    """Run the command line and end with the contract's exit codes."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        code = cli.main(standalone_mode=False, prog_name="publisher")
    except PublisherError as error:
        console.explain(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        console.note("Stopped by you. Nothing half-written is left that looks whole.")
        sys.exit(UNEXPECTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.note("Stopped by you. Nothing half-written is left that looks whole.")
        sys.exit(UNEXPECTED)
    except Exception as error:  # noqa: BLE001  (the last wall: no traceback, no data in it)
        _unexpected(error)
    sys.exit(code if isinstance(code, int) else 0)


def _unexpected(error: Exception) -> None:
    """Name the kind of fault and the place in our code, never its text: it may quote data."""
    trace, place = error.__traceback__, "unknown place"
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("publisher."):
            place = f"{name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    console.note(f"Stopped: a fault in the program ({type(error).__name__} in {place}).")
    console.note("Nothing was released. Please report this line; it holds no data.")
    sys.exit(UNEXPECTED)
