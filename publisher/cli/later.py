"""Commands whose names are promised and whose work is not built yet: they say so and end with 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from publisher.cli.options import shared_options
from publisher.errors import NotYetAvailable

_PATH = click.Path(path_type=Path)


def _not_yet(command: str, will: str, meanwhile: str) -> None:
    raise NotYetAvailable(f"publisher {command} is not available yet. It will {will}.", meanwhile)


@click.command()
@click.argument("earlier", metavar="RELEASE")
@click.argument("later", metavar="RELEASE")
@shared_options
def diff(**_given: Any) -> None:
    """Say what changed between two releases (not available yet)."""
    _not_yet(
        "diff",
        "list what changed between two releases: areas, figures and revisions, largest first",
        "Meanwhile compare the CSV files under public/data of both releases.",
    )


@click.command()
@click.argument("release_name", metavar="RELEASE")
@click.option("--as", "name", required=True, help="Who signs.")
@click.option(
    "--role", type=click.Choice(["analyst", "assurer", "approver"]), required=True, help="As what."
)
@click.option("--decision", type=click.Choice(["approve", "reject"]), required=True)
@click.option("--note", default="", help="Why.")
@shared_options
def sign(**_given: Any) -> None:
    """Record a reviewer's decision on RELEASE (not available yet)."""
    _not_yet(
        "sign",
        "record who approved or rejected exactly these files, and go stale when they change",
        "Meanwhile note the SHA-256 of release.json beside the decision in your own records.",
    )


@click.command()
@click.argument("release_name", metavar="RELEASE")
@click.option("--to", "target", type=_PATH, required=True, help="Folder to publish to.")
@shared_options
def publish(**_given: Any) -> None:
    """Copy a signed release to where the public reads it (not available yet)."""
    _not_yet(
        "publish",
        "refuse before 09:30 of the day of publication or without valid sign-off, and otherwise "
        "copy public/ in one step",
        "Meanwhile nothing is published by this program: public/ of the release is what to copy.",
    )


LATER_COMMANDS: tuple[click.Command, ...] = (diff, sign, publish)
