"""Writes the public pages and the reviewer's pages from templates.

The templates get finished words: they hold no figures, no rules and no data frames, and a name
that does not exist stops the run (StrictUndefined). Pages need no server and no network.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from publisher.errors import CouldNotRun
from publisher.model.progress import Progress
from publisher.model.stages import CheckedCells
from publisher.render.content import MethodFacts, release_frame, updates
from publisher.render.content_files import files
from publisher.render.content_home import home
from publisher.render.content_methodology import methodology, symbols_table
from publisher.render.content_review import review as review_content
from publisher.render.content_withheld import withheld
from publisher.render.edition import Edition
from publisher.render.settings import PublicationSettings

ASSETS = ("publication.css", "publication.js")
SUFFIX = ".html.jinja"


def write_pages(
    checked: CheckedCells,
    public: Path,
    templates: Path,
    publication: PublicationSettings,
    method: MethodFacts,
    progress: Progress,
) -> None:
    """Write index, explore, methodology, help, data-guidance and updates pages to `public`.

    The data files must already be there: the pages link to them and state their sizes.

    Raises:
        CouldNotRun: a data file or a template is missing or wrong.
        ConfigProblem: a setting names a figure that does not exist.
    """
    pages = (
        "index", "explore", "methodology", "help", "data-guidance", "updates",
    )  # fmt: skip
    with progress.stage("Writing pages", len(pages) + 1) as advance:
        context = _public_context(checked, public, publication, method)
        environment = _environment(templates)
        _write_assets(public)
        advance(1)
        for page in pages:
            _write(environment, page, public / f"{page}.html", context)
            advance(1)


def write_review(
    checked: CheckedCells,
    review: Path,
    templates: Path,
    publication: PublicationSettings,
    method: MethodFacts,
    progress: Progress,
) -> None:
    """Write the reviewer's pages to `review`; they show no withheld value.

    Raises:
        CouldNotRun: a template is missing or wrong.
    """
    with progress.stage("Writing the reviewer's pages", 1) as advance:
        context = {
            "publication": publication,
            "release_title": publication.release_title(checked.protected.scope.week),
            "summary": checked.protected.summary,
            "method": method,
            "review": review_content(checked),
            "withheld": withheld(checked.protected),
            "home": home(checked, publication, method),
        }
        _write_assets(review)
        environment = _environment(templates)
        _write(environment, "review", review / "index.html", context)
        _write(environment, "withheld", review / "withheld.html", context)
        advance(1)


def _public_context(
    checked: CheckedCells, public: Path, publication: PublicationSettings, method: MethodFacts
) -> Mapping[str, Any]:
    return {
        "publication": publication,
        "frame": release_frame(checked, public, publication, method),
        "home": home(checked, publication, method),
        "files": files(checked, public, Edition(checked, publication)),
        "methodology": methodology(checked, method),
        "symbols": symbols_table(),
        "updates": updates(checked, publication, method),
        "method": method,
    }


def _environment(templates: Path) -> Environment:
    if not (templates / "pages").is_dir():
        raise CouldNotRun(
            "the folder of templates has no folder 'pages' in it",
            "Restore the templates folder, or correct the path to it.",
        )
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _write(environment: Environment, page: str, to: Path, context: Mapping[str, Any]) -> None:
    try:
        template = environment.get_template(f"pages/{page}{SUFFIX}")
        text = template.render(context)
    except TemplateError as problem:
        line = getattr(problem, "lineno", None)
        where = f"{getattr(problem, 'name', None) or page}{f', line {line}' if line else ''}"
        raise CouldNotRun(
            f"the template of page {page} does not work: {problem} ({where})",
            "Correct the template; every name that it uses must be given to it.",
        ) from problem
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8", newline="\n")


def _write_assets(to: Path) -> None:
    folder = to / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    packaged = package_files("publisher.render").joinpath("assets")
    for name in ASSETS:
        (folder / name).write_bytes(packaged.joinpath(name).read_bytes())
