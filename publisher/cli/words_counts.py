"""Accounts of rows in words: counts, never a row."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.model.counts import CORRECTION_DAYS
from publisher.model.intake import STORED, CountsAccount, RowAccount


def counts_in_words(name: str, account: CountsAccount, late: int) -> Iterator[str]:
    """What became of a batch of numbers of pupils."""
    counts, on_roll = account.counts, account.on_roll
    yield f"{name}: {counts.stored:,} counts, {on_roll.stored:,} numbers of pupils on roll"
    yield from left_out_in_words("counts", counts)
    yield from left_out_in_words("on_roll", on_roll)
    if late:
        yield (
            f"    {late:,} rows of counts not used: corrections that came more than "
            f"{CORRECTION_DAYS} days after the day"
        )
    if account.unknown_codes:
        looks = ", ".join(repr(text) for text in account.unknown_code_texts)
        yield f"    sessions with an unknown code ({looks}), not counted"
    for code in account.codes_out_of_date:
        yield f"    sessions with code {code} on days when it was not in use, counted"
    for urn in account.schools_refused:
        yield f"    school {urn}: counts refused, too many unknown codes"
    if account.sessions_above_roll:
        yield (
            f"    {account.sessions_above_roll:,} sessions of a year group with more pupils than "
            "are on roll"
        )


def left_out_in_words(table: str, account: RowAccount) -> Iterator[str]:
    """Every bucket of rows that are not stored, and where the first few of them are."""
    for bucket, rows in account.buckets.items():
        if rows and bucket != STORED:
            places = account.places.get(bucket, ())
            where = f" ({'; '.join(places)})" if places else ""
            yield f"    left out of {table}: {rows:,} {bucket}{where}"
