"""The records of a Wonde-style supplier, from the rows of tables that say the same."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.reference.codes import RegisterCode, register_codes
from publisher.synthetic.suppliers.wonde_tables import Row

Record = dict[str, object]

_TYPES = {
    "present": "PRESENT",
    "approved educational activity": "APPROVED_EDUCATIONAL_ACTIVITY",
    "authorised absence": "AUTHORISED_ABSENCE",
    "unauthorised absence": "UNAUTHORISED_ABSENCE",
    "not a possible session": "ATTENDANCE_NOT_REQUIRED",
}
_REGISTER = {each.code: each for each in register_codes()}
_YES = frozenset({"true", "1", "y", "t"})
_NO = frozenset({"false", "0", "n", "f"})
_GENDERS = {
    "m": ("MALE", "M"),
    "male": ("MALE", "M"),
    "f": ("FEMALE", "F"),
    "female": ("FEMALE", "F"),
}
_NOT_GIVEN = ("NOT_KNOWN", "NOT_SPECIFIED")
_OWN_CODES_EVERY = 50
_NO_SCOPE_EVERY = 40
_COMMENT_EVERY = 7


def school_id(urn: object) -> str:
    """The supplier's id of a school."""
    return f"A{urn}"


def school_record(row: Row, approvals: list[Row]) -> Record:
    """A school with its approvals."""
    columns = ("approved_from", "approved_to")
    return {
        "id": school_id(row["urn"]),
        **row,
        "approvals": {"data": [{name: each[name] for name in columns} for each in approvals]},
    }


def census_record(row: Row) -> Record:
    """Schools and pupils of an authority and phase."""
    return dict(row)


def common_code_records() -> Iterator[Record]:
    """The codes of every school that does not list its own."""
    for each in _REGISTER.values():
        yield _code_record(f"C-{each.number}", each, each.code)


def own_code_records(urn: object) -> Iterator[Record]:
    """The codes of a school that writes some in a way of its own, and says what they stand for."""
    if _has_own(urn):
        for each in _REGISTER.values():
            own = f"own-{each.code}" if each.code.isalpha() else each.code
            record = _code_record(f"C{urn}-{each.number}", each, own)
            yield {**record, "school": school_id(urn), "register_code": each.code}


def _code_record(code_id: str, known: RegisterCode, written: str) -> Record:
    return {
        "id": code_id,
        "code": written,
        "type": _TYPES[known.category],
        "description": known.meaning,
    }


def student_record(student: str, row: Row) -> Record:
    """A student; one in forty is without the scope of `extended_details`."""
    number = int(student[1:])
    extended = None if number % _NO_SCOPE_EVERY == 0 else {"data": _extended(row)}
    return {
        "id": student,
        "school": school_id(row["urn"]),
        "forename": row["forename"],
        "surname": row["surname"],
        "gender": _gender(row["sex"], number),
        "date_of_birth": _date(row["date_of_birth"], number),
        "education_details": {
            "data": {
                "upn": row["upn"],
                "admission_date": _date(row["admission_date"], number),
                "expected_leaving_date": _date(row["expected_leaving_date"], number),
                "leaving_date": _date(row["leaving_date"], number),
                "current_nc_year": row["year_group"],
            }
        },
        "extended_details": extended,
    }


def session(student: str, upn: object, row: Row, name: str, code: object) -> Record:
    """A session; `upn` is given where the supplier has no record of the student."""
    number = int(student[1:])
    return {
        "id": f"{student}-{row['date']}-{name}",
        "school": school_id(row["urn"]),
        "student": _reference(student, upn),
        "date": _date(row["date"], number),
        "session": name,
        "attendance_code": _code_id(row["urn"], str(code)),
        "comment": "Rang to say why" if number % _COMMENT_EVERY == 0 else None,
    }


def deletion(student: str, upn: object, row: Row, name: str) -> Record:
    """A session that is no more."""
    return {
        "id": f"{student}-{row['date']}-{name}",
        "type": "attendance",
        "school": school_id(row["urn"]),
        "student": _reference(student, upn),
        "date": row["date"],
        "session": name,
    }


def _reference(student: str, upn: object) -> object:
    return student if upn is None else {"data": {"id": student, "upn": upn}}


def _code_id(urn: object, code: str) -> str:
    """A code's id at its school; a code that no school has stands for itself."""
    if code not in _REGISTER:
        return code
    return f"C{urn if _has_own(urn) else ''}-{_REGISTER[code].number}"


def _has_own(urn: object) -> bool:
    return int(str(urn)) % _OWN_CODES_EVERY == 0


def _extended(row: Row) -> Record:
    return {
        "ethnicity_code": row["ethnicity"],
        "free_school_meals": _flag(row["free_school_meals"]),
        "sen_status": _provision(row),
        "in_lea_care": _flag(row["looked_after"]),
        "ever_in_care": _flag(row["previously_looked_after"]),
        "child_in_need": _flag(row["child_in_need"]),
        "child_protection_plan": _flag(row["child_protection_plan"]),
    }


def _provision(row: Row) -> str | None:
    plan, support = _flag(row["ehc_plan"]), _flag(row["sen_support"])
    if plan or support:
        return "E" if plan else "K"
    return None if plan is None or support is None else "N"


def _flag(value: object) -> object:
    written = str(value or "").lower()
    return written in _YES if written in _YES | _NO else None


def _gender(sex: object, number: int) -> str:
    return _GENDERS.get(str(sex or "").lower(), _NOT_GIVEN)[number % 2]


def _date(value: object, number: int) -> object:
    """Either shape, by student."""
    if value is None or number % 2:
        return value
    return {"date": f"{value} 00:00:00.000000", "timezone_type": 3, "timezone": "Europe/London"}
