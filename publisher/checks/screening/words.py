"""Words of the platform: columns, levels, time identifiers and units (analysts' guide)."""

from __future__ import annotations

from types import MappingProxyType

TIME_COLUMNS = ("time_period", "time_identifier")
REQUIRED_IN_DATA = (*TIME_COLUMNS, "geographic_level", "country_code", "country_name")
REQUIRED_IN_META = (
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
)
OPTIONAL_IN_META = ("filter_default", "parent_filter")

LEVEL_COLUMNS = MappingProxyType(
    {
        "National": ("country_code", "country_name"),
        "Regional": ("region_code", "region_name"),
        "Local authority": ("old_la_code", "new_la_code", "la_name"),
        "Local authority district": ("lad_code", "lad_name"),
        "Parliamentary constituency": ("pcon_code", "pcon_name"),
        "Local skills improvement plan area": ("lsip_code", "lsip_name"),
        "Local enterprise partnership": (
            "local_enterprise_partnership_code",
            "local_enterprise_partnership_name",
        ),
        "English devolved area": ("english_devolved_area_code", "english_devolved_area_name"),
        "Opportunity area": ("opportunity_area_code", "opportunity_area_name"),
        "Ward": ("ward_code", "ward_name"),
        "RSC region": ("rsc_region_lead_name",),
        "MAT": ("trust_id", "trust_name"),
        "Sponsor": ("sponsor_id", "sponsor_name"),
        "School": ("school_urn", "school_laestab", "school_name"),
        "Provider": ("provider_ukprn", "provider_name"),
        "Institution": ("institution_id", "institution_name"),
        "Planning area": ("planning_area_code", "planning_area_name"),
        "Police force area": ("pfa_code", "pfa_name"),
    }
)
"""Level -> its own columns, in the platform's order."""

PUBLISHED_LEVELS = ("National", "Regional", "Local authority")
GEOGRAPHY = ("geographic_level", *(name for names in LEVEL_COLUMNS.values() for name in names))
NOT_IN_META = (*TIME_COLUMNS, *GEOGRAPHY)
MAY_BE_IN_META = ("school_name", "provider_name")

UNKNOWN_PLACES = frozenset(
    {
        "Not applicable",
        "Unknown",
        "Outside of England",
        "Outside of England and unknown",
        "Outside of the United Kingdom",
        "Outside of the United Kingdom and unknown",
    }
)
"""Names that may stand beside the code z, at any level."""

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_QUARTERS = tuple(f"Financial year Q{n}" for n in range(1, 5))
_PARTS = ("Part 1 (April to September)", "Part 2 (October to March)")
MIXABLE = (
    frozenset({"Academic year"}),
    frozenset({"Autumn term", "Spring term", "Summer term"}),
    frozenset({"Autumn and spring term"}),
    frozenset(f"Week {n}" for n in range(1, 53)),
    frozenset(_MONTHS),
    frozenset({"Calendar year"}),
    frozenset({"Reporting year"}),
    frozenset({"Financial year"}),
    frozenset({"Tax year"}),
    frozenset(_QUARTERS),
    frozenset(_PARTS),
)
"""Time identifiers; those of one set may stand in one file, no others may."""
TIME_IDENTIFIERS = frozenset().union(*MIXABLE)
FOUR_DIGITS = MIXABLE[3] | MIXABLE[4] | MIXABLE[5] | MIXABLE[6]
"""Identifiers whose time period is a calendar year; the others' is two years, as 202526."""

UNITS = ("", "%", "pp", "£", "£m", "numberstring")
"""Indicator units that the platform knows."""
