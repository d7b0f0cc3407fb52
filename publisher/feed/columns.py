"""The columns of each table of a feed (contract, section 1). Anything else is refused."""

from __future__ import annotations

ROOT_TABLES = ("schools", "approvals", "census")
BATCH_TABLES = ("pupils", "marks")
PILOT_TABLES = ("counts", "on_roll")

COLUMNS = {
    "schools": (
        "urn",
        "la_code",
        "name",
        "type_of_establishment",
        "establishment_status",
        "phase_of_education",
        "open_date",
        "close_date",
        "trust_code",
        "trust_name",
    ),
    "approvals": ("urn", "approved_from", "approved_to"),
    "census": ("la_code", "education_phase", "schools", "pupils"),
    "pupils": (
        "forename",
        "surname",
        "date_of_birth",
        "upn",
        "sex",
        "ethnicity",
        "looked_after",
        "previously_looked_after",
        "sen_support",
        "ehc_plan",
        "free_school_meals",
        "year_group",
        "urn",
        "la_code",
        "admission_date",
        "expected_leaving_date",
        "leaving_date",
        "child_in_need",
        "child_protection_plan",
    ),
    "marks": ("urn", "upn", "date", "am", "pm"),
    "counts": ("urn", "date", "session", "code", "year_group", "pupils"),
    "on_roll": ("urn", "date", "year_group", "pupils"),
}

_NEVER_READ = {
    "schools": {"name", "trust_name", "establishment_status"},
    "pupils": {"forename", "surname"},
}


def columns_read(table: str) -> tuple[str, ...]:
    """The columns that the intake looks at; the others must be there and go no further."""
    return tuple(each for each in COLUMNS[table] if each not in _NEVER_READ.get(table, set()))
