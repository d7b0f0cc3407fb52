"""England's figures for the latest week: what the home page's words and tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import ConfigProblem
from publisher.model.definitions import Level
from publisher.model.geography import COUNTRY_NAME
from publisher.model.phases import ALL_SCHOOLS
from publisher.model.stages import ProtectedCells
from publisher.model.time import WEEK, YEAR_TO_DATE
from publisher.render.content_figures import Figure, FigureBook, Week, weeks
from publisher.render.content_trends import WeeklyRate

ATTENDANCE = "attendance_reasons"
PERSISTENT = "persistent_absence"
SCHOOLS = "schools_submitting"
OVERALL_ABSENCE = "Overall absence"
OVERALL_ATTENDANCE = "Overall attendance"
AUTHORISED = "All authorised"
UNAUTHORISED = "All unauthorised"


@dataclass(frozen=True)
class England:
    """The release's figures for England and its regions, ready to be asked."""

    books: Mapping[str, FigureBook]
    weeks: tuple[Week, ...]
    regions: tuple[str, ...]
    decimals: int

    @property
    def latest(self) -> Week:
        """The week of the release."""
        return self.weeks[-1]

    @property
    def attendance(self) -> FigureBook:
        """Reasons for absence and attendance.

        Raises:
            ConfigProblem: the release does not have the data set.
        """
        if ATTENDANCE not in self.books:
            raise ConfigProblem(
                f"the release has no data set {ATTENDANCE}, and the home page is made of it",
                "Add it to the data sets of the release.",
            )
        return self.books[ATTENDANCE]

    @property
    def absence(self) -> WeeklyRate:
        """Overall absence by week and phase."""
        return self.rate(OVERALL_ABSENCE)

    def rate(self, reason: str) -> WeeklyRate:
        """A rate by week and phase."""
        return WeeklyRate(self.attendance, reason, reason.lower(), self.weeks, self.decimals)

    def percent(
        self,
        reason: str,
        phase: str = ALL_SCHOOLS,
        time_frame: str = WEEK,
        place: str = COUNTRY_NAME,
    ) -> Figure | None:
        """A percentage of sessions for the latest week or the year to date."""
        items = {"education_phase": phase, "time_frame": time_frame, "attendance_reason": reason}
        return self.attendance.figure("session_percent", self.latest, items, place)

    def year_to_date(self, reason: str, phase: str = ALL_SCHOOLS) -> Figure | None:
        """A percentage of sessions for the year to date."""
        return self.percent(reason, phase, YEAR_TO_DATE)


def england(protected: ProtectedCells, decimals: int) -> England:
    """Read what the home page needs; about a fiftieth of the rows."""
    places = protected.scope.locations
    return England(
        books={each.data_set.name: FigureBook(each, decimals) for each in protected.counted},
        weeks=weeks(protected.scope),
        regions=tuple(each.name for each in places if each.level is Level.REGIONAL),
        decimals=decimals,
    )
