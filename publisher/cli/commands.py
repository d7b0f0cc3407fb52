"""Every command of the contract; each reads its arguments, calls one function, shows the result."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from publisher.cli import attack_command, console, store_command
from publisher.cli.later import LATER_COMMANDS
from publisher.cli.options import Timestamp, shared, shared_options
from publisher.errors import UsageProblem

if TYPE_CHECKING:
    from publisher.disclosure.settings import ProfileName

BLOCKED = 1
_FOLDER = click.Path(file_okay=False, path_type=Path)
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--out", type=_FOLDER, required=True, help="Folder to write the feed to.")
@click.option("--scale", type=float, default=0.02, show_default=True, help="Share of the pupils.")
@click.option("--from", "first", type=_DAY, default="2025-09-08", show_default=True)
@click.option("--to", "last", type=_DAY, default="2025-11-07", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another feed.")
@click.option("--batches", type=int, default=None, help="In how many deliveries it arrives.")
@click.option(
    "--supplier",
    type=click.Choice(["tables", "wonde", "pilot"]),
    default="tables",
    show_default=True,
    help="Shape that the feed has: the same schools in each; wonde only at small scale.",
)
@shared_options
@click.pass_context
def generate(
    context: click.Context,
    /,
    out: Path,
    first: datetime,
    last: datetime,
    supplier: str,
    **given: Any,
) -> None:
    """Write an invented feed that looks like England; no pupil in it exists."""
    from publisher.synthetic.design import FeedDesign  # noqa: PLC0415  (slow to import)
    from publisher.synthetic.suppliers.shapes import generate_shaped  # noqa: PLC0415

    asked = shared(context, given)
    chosen = {name: value for name, value in given.items() if value is not None}
    design = FeedDesign(out=out, first_day=first.date(), last_day=last.date(), **chosen)
    summary = generate_shaped(supplier, design, console.progress())
    if asked.as_json:
        console.show_json(asdict(summary))
        return
    console.show(
        f"An invented feed is in {out}: {summary.schools:,} schools, {summary.pupils:,} pupil "
        f"records, {summary.marks:,} {'counts' if supplier == 'pilot' else 'marks'} in "
        f"{summary.batches} batches."
    )
    form = "" if supplier == "tables" else f" --format {supplier}"
    console.show(f"Next: publisher ingest {out}{form}")


@click.command()
@click.argument("feed", required=False)
@click.option(
    "--format",
    "feed_format",
    type=click.Choice(["tables", "wonde", "pilot"]),
    default="tables",
    show_default=True,
    help="Shape that the feed arrives in.",
)
@click.option(
    "--forget",
    metavar="URN|UPN",
    help="Instead of taking in a feed, erase this school or pupil from the store and keep it out; "
    "- reads it from standard input, so that no list of commands remembers it.",
)
@click.option("--lift", is_flag=True, help="With --forget: let the school or pupil in again.")
@shared_options
@click.pass_context
def ingest(
    context: click.Context,
    /,
    feed: str | None,
    feed_format: str,
    forget: str | None,
    lift: bool,
    **given: Any,
) -> None:
    """Take the batches of FEED into the store: whole batches or nothing of them.

    FEED is a folder; with --format wonde it may be the address of a supplier.
    """
    asked = shared(context, given)
    if forget is not None and feed is None:
        store_command.forget(asked, forget, lift=lift)
        return
    if feed is None or forget is not None or lift:
        raise UsageProblem(
            "publisher ingest takes either a FEED or --forget (with or without --lift)",
            "publisher ingest FEED, or publisher ingest --forget URN|UPN.",
        )
    from publisher import ingestion  # noqa: PLC0415  (slow to import)
    from publisher.cli.words import ingest_as_json, ingest_in_words  # noqa: PLC0415

    report = ingestion.ingest(asked.load(), feed, feed_format, console.progress())
    if asked.as_json:
        console.show_json(ingest_as_json(report))
    else:
        console.show(ingest_in_words(report))
    if report.refused:
        context.exit(BLOCKED)


@click.command()
@click.option("--week", help="Latest week of the release, as 2025-W45.  [default: latest whole]")
@click.option("--as-of", type=Timestamp(), help="Use only what had been received by this moment.")
@shared_options
@click.pass_context
def release(
    context: click.Context, /, week: str | None, as_of: datetime | None, **given: Any
) -> None:
    """Make a release: count, protect, check, write. The main job."""
    from publisher import pipeline  # noqa: PLC0415  (slow to import)
    from publisher.cli.words import release_as_json, release_in_words  # noqa: PLC0415

    asked = shared(context, given)
    made = pipeline.release(asked.load(), week, as_of, console.progress())
    if asked.as_json:
        console.show_json(release_as_json(made))
    else:
        console.show(release_in_words(made))


@click.command()
@click.option("--week", help="Latest week of the release, as 2025-W45.  [default: latest whole]")
@click.option("--as-of", type=Timestamp(), help="Use only what had been received by this moment.")
@click.option(
    "--profile",
    "profiles",
    type=click.Choice(["cautious", "published-standard"]),
    multiple=True,
    help="Disclosure policy to apply instead of the one in the settings; may be given twice.",
)
@click.option("--quick", is_flag=True, help="Count nothing: leave out what would be withheld.")
@shared_options
@click.pass_context
def plan(
    context: click.Context,
    /,
    week: str | None,
    as_of: datetime | None,
    profiles: tuple[ProfileName, ...],
    quick: bool,
    **given: Any,
) -> None:
    """Say what a release would do, and why, and how much it would withhold; touch nothing."""
    from publisher import planning  # noqa: PLC0415  (slow to import)
    from publisher.cli.words_plan import plan_in_words  # noqa: PLC0415

    asked = shared(context, given)
    if quick and profiles:
        raise UsageProblem(
            "--quick leaves out what --profile asks for", "Leave out one of the two."
        )
    chosen = None if quick else profiles
    planned = planning.plan(asked.load(), week, as_of, chosen, console.progress())
    if asked.as_json:
        console.show_json(asdict(planned))
    else:
        console.show(plan_in_words(planned))


@click.command()
@click.argument("release_name", metavar="RELEASE")
@shared_options
@click.pass_context
def review(context: click.Context, /, release_name: str, **given: Any) -> None:
    """Open the reviewer pack of RELEASE (a name such as 2025-week-45, or a folder)."""
    from publisher.cli.releases import find_release  # noqa: PLC0415

    asked = shared(context, given)
    page = find_release(asked.load().output, release_name) / "review" / "index.html"
    if asked.as_json:
        console.show_json({"review": str(page)})
        return
    console.show(str(page))
    if console.on_a_terminal():
        click.launch(str(page))


@click.command()
@shared_options
@click.pass_context
def describe(context: click.Context, /, **given: Any) -> None:
    """The catalogue of statistics: every data set, filter, indicator and measure."""
    from publisher.catalogue import EVERY_FILE  # noqa: PLC0415
    from publisher.cli.words import catalogue_as_json, catalogue_in_words  # noqa: PLC0415

    if shared(context, given).as_json:
        console.show_json(catalogue_as_json(EVERY_FILE))
    else:
        console.show(catalogue_in_words(EVERY_FILE))


@click.command()
@click.option(
    "--week", default="2025-W45", show_default=True, help="Week that the queries are for."
)
@shared_options
@click.pass_context
def sql(context: click.Context, /, week: str, **given: Any) -> None:
    """Every query that a release runs, in order, without touching data."""
    from publisher import pipeline  # noqa: PLC0415  (slow to import)

    asked = shared(context, given)
    steps = pipeline.queries(week)
    if asked.as_json:
        console.show_json([asdict(step) for step in steps])
    else:
        console.show("\n\n".join(f"-- {step.name}: {step.words}\n{step.sql};" for step in steps))


@click.command()
@shared_options
@click.pass_context
def doctor(context: click.Context, /, **given: Any) -> None:
    """What is installed, what is missing, and what the settings mean."""
    from publisher.cli.doctor import examine, in_words  # noqa: PLC0415

    asked = shared(context, given)
    findings = examine(asked)
    if asked.as_json:
        console.show_json([asdict(each) for each in findings])
    else:
        console.show(in_words(findings))
    if any(each.blocks for each in findings):
        context.exit(BLOCKED)


COMMANDS: tuple[click.Command, ...] = (
    generate,
    ingest,
    plan,
    release,
    attack_command.attack,
    review,
    attack_command.verify,
    describe,
    sql,
    store_command.store,
    doctor,
    *LATER_COMMANDS,
)
