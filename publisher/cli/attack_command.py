"""`publisher attack` and `publisher verify`: is what was withheld safe, and as it was made."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from publisher.cli import console
from publisher.cli.options import shared, shared_options
from publisher.errors import UsageProblem

BLOCKED = 1
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--previous", type=_FOLDER, multiple=True, help="An earlier release; may be repeated."
)
@click.option(
    "--totals",
    type=_FILE,
    help="YAML file that says which filter items are totals of which; for files that are not "
    "this publication's own.",
)
@click.option(
    "--certificate",
    type=_FILE,
    help="Write recipes and whole worlds to this file, for publisher verify. Keep it out of "
    "what is published. Worlds of a large release are written to FILE.unfinished as they are "
    "found: an attack that was interrupted goes on from there.",
)
@shared_options
@click.pass_context
def attack(
    context: click.Context,
    /,
    folder: Path,
    previous: tuple[Path, ...],
    totals: Path | None,
    certificate: Path | None,
    **given: Any,
) -> None:
    """Try to work out what is withheld in the finished files of FOLDER.

    FOLDER is a release, or a folder of anybody's CSV files with columns as on Explore education
    statistics. Ends with 1 when anything withheld can be worked out, when files contradict each
    other, or when a file of a release is missing or altered.
    """
    from publisher.attack import attack as room  # noqa: PLC0415  (slow to import)
    from publisher.attack.certificate import write_certificate  # noqa: PLC0415
    from publisher.attack.report import as_json, in_words  # noqa: PLC0415
    from publisher.attack.unfinished import Unfinished  # noqa: PLC0415

    asked = shared(context, given)
    public = (folder / "public").resolve()
    if certificate is not None and certificate.resolve().is_relative_to(public):
        raise UsageProblem(
            f"{certificate} lies in a folder that is published",
            "A certificate is for reviewers: write it outside public/.",
        )
    unfinished = None if certificate is None else Unfinished(certificate)
    report, attacked = room.attack(folder, previous, totals, console.progress(), unfinished)
    if unfinished is not None:
        write_certificate(unfinished.certificate, attacked)
        unfinished.remove()
    if asked.as_json:
        console.show_json(as_json(report))
    else:
        console.show(in_words(report))
    if report.breaks_the_policy:
        context.exit(BLOCKED)


@click.command()
@click.argument("release_name", metavar="RELEASE")
@click.option(
    "--certificate",
    type=_FILE,
    help="Also check the certificate that publisher attack wrote: every recipe and every whole "
    "world again, from the finished files, without a solver.",
)
@shared_options
@click.pass_context
def verify(
    context: click.Context, /, release_name: str, certificate: Path | None, **given: Any
) -> None:
    """Compare every file of RELEASE with its manifest, and its certificate with its files."""
    from publisher.cli.releases import find_release  # noqa: PLC0415
    from publisher.cli.words import verification_in_words  # noqa: PLC0415
    from publisher.release.manifest import verify_folder  # noqa: PLC0415

    asked = shared(context, given)
    folder = find_release(asked.load().output, release_name)
    found = verify_folder(folder)
    checked = None if certificate is None else _checked(folder, certificate)
    if asked.as_json:
        held = {} if checked is None else {"certificate": asdict(checked)}
        console.show_json({**asdict(found), "intact": found.intact, **held})
    else:
        console.show(verification_in_words(folder, found))
        if checked is not None:
            console.show(checked.words)
    if not found.intact or (checked is not None and not checked.holds):
        context.exit(BLOCKED)


def _checked(folder: Path, certificate: Path) -> Any:
    from publisher.attack.certificate import check_certificate  # noqa: PLC0415  (slow to import)

    return check_certificate(certificate, folder, console.progress())
