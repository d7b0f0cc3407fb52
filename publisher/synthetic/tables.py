"""The tables of the contract: their columns in order, and the type each is written with."""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()
_DAY = pa.date32()

SCHOOLS = pa.schema(
    [
        ("urn", pa.int32()),
        ("la_code", _TEXT),
        ("name", _TEXT),
        ("type_of_establishment", _TEXT),
        ("establishment_status", _TEXT),
        ("phase_of_education", _TEXT),
        ("open_date", _DAY),
        ("close_date", _DAY),
        ("trust_code", _TEXT),
        ("trust_name", _TEXT),
    ]
)
APPROVALS = pa.schema([("urn", pa.int32()), ("approved_from", _DAY), ("approved_to", _DAY)])
CENSUS = pa.schema(
    [
        ("la_code", _TEXT),
        ("education_phase", _TEXT),
        ("schools", pa.int32()),
        ("pupils", pa.int32()),
    ]
)
PUPILS = pa.schema(
    [
        ("forename", _TEXT),
        ("surname", _TEXT),
        ("date_of_birth", _DAY),
        ("upn", _TEXT),
        ("sex", _TEXT),
        ("ethnicity", _TEXT),
        ("looked_after", _TEXT),
        ("previously_looked_after", _TEXT),
        ("sen_support", _TEXT),
        ("ehc_plan", _TEXT),
        ("free_school_meals", _TEXT),
        ("year_group", _TEXT),
        ("urn", pa.int32()),
        ("la_code", _TEXT),
        ("admission_date", _DAY),
        ("expected_leaving_date", _DAY),
        ("leaving_date", _DAY),
        ("child_in_need", _TEXT),
        ("child_protection_plan", _TEXT),
    ]
)
MARKS = pa.schema(
    [
        ("urn", pa.int32()),
        ("upn", pa.dictionary(pa.int32(), _TEXT)),
        ("date", _DAY),
        ("am", pa.dictionary(pa.int8(), _TEXT)),
        ("pm", pa.dictionary(pa.int8(), _TEXT)),
    ]
)
