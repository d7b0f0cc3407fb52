"""One page of a supplier's answer, with nothing in it that we do not use.

Names, comments and every other member that is not listed here are dropped while the text is being
parsed: they never become part of a record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from publisher.errors import BatchRefused

Record = dict[str, object]
Placed = tuple[str, Record]
"""Where a record is, in words, and the record."""

KEPT = frozenset(
    {
        # of every page
        "data",
        "meta",
        "pagination",
        "next",
        "more",
        "current_page",
        # of schools, their approvals and the census
        "id",
        "urn",
        "la_code",
        "type_of_establishment",
        "phase_of_education",
        "open_date",
        "close_date",
        "trust_code",
        "approvals",
        "approved_from",
        "approved_to",
        "education_phase",
        "schools",
        "pupils",
        # of students
        "school",
        "upn",
        "gender",
        "date_of_birth",
        "date",
        "timezone",
        "education_details",
        "current_nc_year",
        "admission_date",
        "expected_leaving_date",
        "leaving_date",
        "extended_details",
        "ethnicity_code",
        "free_school_meals",
        "sen_status",
        "in_lea_care",
        "ever_in_care",
        "child_in_need",
        "child_protection_plan",
        # of sessions, codes and deletions
        "student",
        "session",
        "attendance_code",
        "code",
        "type",
        "register_code",
    }
)
"""The members that are read, at any depth."""

_ADVICE = 'A page is {"data": [...], "meta": {"pagination": {...}}}. Ask the supplier for it again.'


@dataclass(frozen=True, repr=False)
class Page:
    """A page: `number` counts from 1; `more` says that `next` is the address of another."""

    records: list[Record]
    number: int | None
    more: bool
    next: str | None


def read_page(body: bytes, name: str) -> Page:
    """Understand the text of the page called `name`.

    Raises:
        BatchRefused: it is not JSON, or not a page; the words repeat nothing of it.
    """
    tree = _parsed(body, name)
    records = tree.get("data") if isinstance(tree, dict) else None
    if not isinstance(tree, dict) or not isinstance(records, list):
        raise BatchRefused(f"{name} has no list of data", _ADVICE)
    for place, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise BatchRefused(f"{name}, record {place} is not an object", _ADVICE)
    meta = _object(tree, "meta", name)
    pagination = _object(meta, "pagination", name)
    number, more, following = (pagination.get(each) for each in ("current_page", "more", "next"))
    return Page(
        records,
        number if isinstance(number, int) else None,
        more is True or (more is None and bool(following)),
        following if isinstance(following, str) and following else None,
    )


def _parsed(body: bytes, name: str) -> object:
    try:
        return json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_kept, parse_constant=_refused
        )
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise BatchRefused(f"{where}: not JSON; the page may be cut short", _ADVICE) from None
    except (ValueError, RecursionError):
        raise BatchRefused(f"{name} is not JSON in UTF-8", _ADVICE) from None


def _kept(pairs: list[tuple[str, object]]) -> Record:
    return {name: value for name, value in pairs if name in KEPT}


def _refused(_constant: str) -> object:
    raise ValueError("not a number of JSON")


def _object(tree: Record, member: str, name: str) -> Record:
    inner = tree.get(member)
    if inner is None or inner == []:  # an empty object is written as an empty list by some
        return {}
    if not isinstance(inner, dict):
        raise BatchRefused(f"{name}: {member} is not an object", _ADVICE)
    return inner
