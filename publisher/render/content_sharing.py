"""What the pages say about schools that share their registers, and those that stopped."""

from __future__ import annotations

from publisher.model.sharing import SharingCoverage
from publisher.reference.sharing import SharingRule, mandatory_from
from publisher.render.content_words import date_words, plural


def coverage_words(rule: SharingRule) -> str:
    """Which schools, days and pupils the figures cover, in one paragraph."""
    extra = "" if rule.always_binding else f", and {_mandatory_days(rule)}"
    return (
        "The figures cover state-funded primary, secondary and special schools that share their "
        f"registers, on the days that their approval covers{extra}. Pupils who were 5 to 15 years "
        "old on 31 August before the academic year are counted, once for each school at which they "
        "are registered."
    )


def days_shared_words(rule: SharingRule) -> str:
    """Which days of a school are counted, as part of a sentence."""
    agreed = "on days for which the school had agreed to share its registers"
    return agreed if rule.always_binding else f"{agreed} and {_mandatory_days(rule)}"


def _mandatory_days(rule: SharingRule) -> str:
    exception = ", unless the school withdrew after that" if rule.withdrawals_honoured else ""
    first = date_words(mandatory_from())
    return f"on every day from {first}, when sharing became mandatory{exception}"


def sharing_sentences(coverage: SharingCoverage, rule: SharingRule) -> tuple[str, ...]:
    """What changed since the release before, and who is counted without an approval."""
    said = []
    if coverage.previous is not None:
        said.append(
            f"Approval covers {plural(coverage.approved, 'school')} at the end of the latest week. "
            f"Since the release of week {coverage.previous.week} of {coverage.previous.year}, "
            f"the approval of {plural(coverage.ended or 0, 'school')} ended and that of "
            f"{plural(coverage.begun or 0, 'school')} began."
        )
    if not rule.always_binding:
        said.append(
            f"{plural(coverage.without_approval, 'school')} had no approval on some day and "
            "counted on that day all the same, because sharing is mandatory."
        )
    return tuple(said)
