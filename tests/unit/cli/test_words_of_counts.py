"""What an ingest says about a batch of counts."""

from __future__ import annotations

from publisher.cli.words import ingest_as_json, ingest_in_words
from publisher.model.intake import (
    BatchFate,
    BatchOutcome,
    CountsAccount,
    IngestReport,
    RowAccount,
)

ACCOUNT = CountsAccount(
    counts=RowAccount(9, {"stored": 7, "no register code": 2}, {"no register code": ("a, row 1",)}),
    on_roll=RowAccount(3, {"stored": 3}),
    unknown_codes=4,
    unknown_code_texts=("?",),
    codes_out_of_date={"H": 1},
    schools_refused=(100001,),
    sessions_above_roll=2,
)
REPORT = IngestReport(
    (BatchOutcome("b", BatchFate.STORED, counts=ACCOUNT, late_corrections=5),),
    registers_changed=True,
)


def test_the_account_of_a_batch_of_counts_is_told_in_full() -> None:
    assert ingest_in_words(REPORT).splitlines()[:7] == [
        "b: 7 counts, 3 numbers of pupils on roll",
        "    left out of counts: 2 no register code (a, row 1)",
        "    5 rows of counts not used: corrections that came more than 8 days after the day",
        "    sessions with an unknown code ('?'), not counted",
        "    sessions with code H on days when it was not in use, counted",
        "    school 100001: counts refused, too many unknown codes",
        "    2 sessions of a year group with more pupils than are on roll",
    ]


def test_machines_read_the_same_account() -> None:
    batch = ingest_as_json(REPORT)["batches"][0]
    assert batch["late_corrections"] == 5
    assert batch["counts"]["counts"]["buckets"] == {"stored": 7, "no register code": 2}
