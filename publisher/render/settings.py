"""What the publication is called, who stands behind it and when it comes out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from publisher.model.phases import ALL_SCHOOLS
from publisher.model.time import WEEK, YEAR_TO_DATE, IsoWeek

ReleaseType = Literal[
    "Accredited official statistics",
    "Official statistics",
    "Official statistics in development",
    "Ad hoc statistics",
    "Management information",
]
"""The names that the platform has for kinds of release."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
OneLine = Annotated[str, Field(min_length=1, pattern=r"^[^\n\r]+$")]


class Settings(BaseModel):
    """Frozen; a setting that does not exist is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Settings):
    """Whom readers ask."""

    team: OneLine = Field("School attendance statistics team", description="Name of the team.")
    email: str = Field(
        "attendance.statistics@example.org",
        pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        description="Address that readers write to.",
    )
    name: OneLine = Field("Head of attendance statistics", description="Who answers, or a role.")
    telephone: OneLine = Field("01632 960 000", description="Number that readers call.")
    hours: OneLine = Field(
        "Monday to Friday, 9.30am to 5.30pm", description="When the telephone is answered."
    )


class Licence(Settings):
    """Under which terms the figures may be used again."""

    code: OneLine = Field("OGL-UK-3.0", description="The licence's short name (SPDX).")
    title: OneLine = Field("Open Government Licence v3.0", description="The licence's full name.")
    url: OneLine = Field(
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        description="Where the licence can be read.",
    )


class HeadlineFigure(Settings):
    """One figure that the release shows first, found by its filter items, for England."""

    title: str = Field(max_length=60, description="Title of the tile.")
    guidance_title: str = Field(max_length=65, description="Question that the help text answers.")
    guidance: str = Field(description="What the figure means, in plain words.")
    data_set: str = Field("attendance_reasons", description="Data set that holds the figure.")
    indicator: str = Field("session_percent", description="Column that holds the figure.")
    filters: dict[str, str] = Field(description="Filter column: item, one for each filter.")


def _absence(title: str, reason: str, question: str, guidance: str, **where: str) -> HeadlineFigure:
    return HeadlineFigure(
        title=title,
        guidance_title=question,
        guidance=guidance,
        filters={
            "education_phase": where.get("phase", ALL_SCHOOLS),
            "time_frame": where.get("time_frame", WEEK),
            "attendance_reason": reason,
        },
    )


_ABSENCE = (
    "Sessions missed for any reason, authorised or not, as a percentage of possible sessions. "
    "A school day has two sessions, morning and afternoon."
)


def _tiles() -> tuple[HeadlineFigure, ...]:
    return (
        _absence(
            "Overall attendance, latest week",
            "Overall attendance",
            "What is overall attendance?",
            "Sessions at which pupils were present or at an approved educational activity, as a "
            "percentage of possible sessions.",
        ),
        _absence(
            "Overall absence, latest week",
            "Overall absence",
            "What is overall absence?",
            _ABSENCE,
        ),
        _absence(
            "Overall absence, year to date",
            "Overall absence",
            "What is the year to date?",
            _ABSENCE + " The year to date covers every school day since the series began this "
            "academic year.",
            time_frame=YEAR_TO_DATE,
        ),
        _absence(
            "Absence for illness, latest week",
            "Illness (i)",
            "What is absence for illness?",
            "Sessions missed because the pupil was ill (register code I), as a percentage of "
            "possible sessions. Medical and dental appointments are counted apart.",
        ),
    )


def _notes() -> tuple[str, ...]:
    return (
        (
            "Figures cover pupils aged 5 to 15 at the start of the academic year in state-funded "
            "primary, secondary and special schools that share their registers."
        ),
        "Schools may correct any past day, so figures for every week are revised in each release.",
    )


class PublicationSettings(Settings):
    """How the publication is named and shown; two runs differ here, never in what is counted."""

    title: OneLine = Field(
        "Pupil attendance in schools", max_length=60, description="Title of the publication."
    )
    slug: Slug = Field(
        "pupil-attendance-in-schools", description="The title as it stands in file names."
    )
    summary: OneLine = Field(
        "Fortnightly statistics on pupil attendance and absence, with reasons, in state-funded "
        "primary, secondary and special schools in England.",
        max_length=160,
        description="What the publication covers, in at most 160 characters.",
    )
    producer: OneLine = Field(
        "School Attendance Statistics", description="The body that publishes the figures."
    )
    release_type: ReleaseType = Field(
        "Official statistics in development", description="Kind of release."
    )
    contact: Contact = Field(Contact(), description="Whom readers ask.")
    licence: Licence = Field(Licence(), description="Terms of use.")
    days_to_publication: int = Field(
        13, ge=1, le=60, description="Days from the Friday of the latest week to publication."
    )
    days_between_releases: int = Field(
        14, ge=7, le=366, description="Days from one release to the next."
    )
    publication_time: time = Field(
        time(9, 30), description="Time of day of publication, in the publisher's own time zone."
    )
    percent_decimals_csv: int = Field(
        2, ge=0, le=2, description="Decimals of percentages in CSV files; they are derived to two."
    )
    percent_decimals_shown: int = Field(
        1, ge=0, le=2, description="Decimals of percentages that pages and spreadsheets show."
    )
    headline: tuple[HeadlineFigure, ...] = Field(
        default_factory=_tiles,
        min_length=1,
        max_length=6,
        description="Figures that the release shows first.",
    )
    table_reasons: tuple[OneLine, ...] = Field(
        (
            "Overall attendance",
            "Overall absence",
            "All authorised",
            "Illness (i)",
            "Medical dental (m)",
            "All unauthorised",
            "Unauthorised holiday (g)",
            "No reason yet (n)",
        ),
        min_length=1,
        description="Attendance reasons that the tables of pages and spreadsheets show.",
    )
    open_document: bool = Field(
        default=True,
        description=(
            "Also write the workbook as OpenDocument (.ods) where LibreOffice is found. Releases "
            "are then the same to the byte only where LibreOffice is the same."
        ),
    )
    notes: tuple[str, ...] = Field(
        default_factory=_notes, min_length=1, description="Notes that go with every table."
    )

    @model_validator(mode="after")
    def _shown_are_published(self) -> PublicationSettings:
        if self.percent_decimals_shown > self.percent_decimals_csv:
            raise ValueError(
                "percent_decimals_shown is more than percent_decimals_csv; "
                "readers could not find the figure in the files"
            )
        return self

    def published_at(self, week: IsoWeek) -> datetime:
        """When the release of `week` comes out: a Thursday, thirteen days after its Friday."""
        day = week.friday + timedelta(days=self.days_to_publication)
        return datetime.combine(day, self.publication_time)

    def next_release_on(self, week: IsoWeek) -> date:
        """The day on which the release after that of `week` comes out."""
        return self.published_at(week).date() + timedelta(days=self.days_between_releases)

    def release_title(self, week: IsoWeek) -> str:
        """As the platform writes it, identifier before year: `Week 45 2025`."""
        return f"{week.identifier} {week.year}"
