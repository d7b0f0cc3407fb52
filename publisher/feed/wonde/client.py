"""Asks a supplier for one page at a time, and asks again when that may help.

Only the supplier's own host is ever asked, redirections are not followed, and the token goes into
one header of the request and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from publisher.errors import CouldNotRun, UsageProblem
from publisher.feed.settings import SupplierSettings

TOKEN_VARIABLE = "PUBLISHER_SUPPLIER_TOKEN"  # noqa: S105  (the name of the variable, no token)
Sleep = Callable[[float], None]

_AGAIN = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_NO_ACCESS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_LATER = "Nothing of this pull was stored. Run the same command again later."


class NoAccess(Exception):
    """The supplier does not give this, or gives it no more (403, 404, 410)."""

    def __init__(self, page: int = 1) -> None:
        """`page` of a list, counted from 1, was not given."""
        super().__init__(page)
        self.page = page


class SupplierClient:
    """One connection to one supplier."""

    def __init__(
        self, address: str, token: str, settings: SupplierSettings, sleep: Sleep = time.sleep
    ) -> None:
        """Prepare to ask the supplier at `address`.

        Raises:
            UsageProblem: the address or the token cannot be used.
        """
        self.base = _checked_address(address)
        if not token.isascii() or not token.isprintable() or not token.strip():
            raise UsageProblem(
                f"There is no supplier token in {TOKEN_VARIABLE}",
                f"Set {TOKEN_VARIABLE} in the environment to the token that the supplier gave you.",
            )
        self._token = token.strip()
        self.settings = settings
        self._sleep = sleep
        self._connection: HTTPConnection | None = None
        self.began: datetime | None = None
        """When the first answer was given, by the supplier's own clock."""

    def __repr__(self) -> str:
        return "SupplierClient(hidden)"

    def get(self, target: str) -> bytes:
        """Ask for a path and query below the supplier's address, such as `/v1.0/schools?page=1`.

        Raises:
            NoAccess: the supplier does not give it.
            CouldNotRun: the supplier does not answer, or refuses the token.
        """
        for attempt in range(self.settings.attempts):
            status, headers, body = self._ask(target)
            if status == HTTPStatus.OK:
                self.began = self.began or _moment(headers.get("date"))
                return body
            if status in _NO_ACCESS:
                raise NoAccess
            if status is not None and status not in _AGAIN:
                raise _refused(status)
            if attempt + 1 < self.settings.attempts:
                self._sleep(self._wait(attempt, headers.get("retry-after")))
        raise CouldNotRun(
            f"The supplier did not answer {self.settings.attempts} times in a row", _LATER
        )

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, target: str) -> tuple[int | None, Mapping[str, str], bytes]:
        """Status, headers in lower case, body; None for a connection that was cut."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "User-Agent": "publisher",
        }
        try:
            connection = self._connected()
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException):
            self.close()
            return None, {}, b""
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            kind = HTTPSConnection if self.base.scheme == "https" else HTTPConnection
            host = self.base.hostname or ""
            self._connection = kind(host, self.base.port, timeout=self.settings.timeout_seconds)
        return self._connection

    def _wait(self, attempt: int, asked: str | None) -> float:
        """Seconds before the next attempt: what the supplier asks for, else doubling."""
        longest = self.settings.longest_wait_seconds
        seconds = _seconds(asked)
        if seconds is None:
            return min(self.settings.first_wait_seconds * 2.0**attempt, longest)
        if seconds > longest:
            raise CouldNotRun(
                f"The supplier asks to wait for {seconds:.0f} seconds, more than "
                f"feed.supplier.longest_wait_seconds allows ({longest:.0f})",
                _LATER,
            )
        return seconds


def _checked_address(address: str) -> SplitResult:
    parts = urlsplit(address)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None:
        raise UsageProblem(
            "The address of the supplier cannot be used",
            "Write it as https://api.example.org, without a user name, a token or a query.",
        )
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        raise UsageProblem(
            "Pupils' records and the token would travel unencrypted",
            "Use https://; http:// is for suppliers on this machine only.",
        )
    return parts


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refused(status: int) -> CouldNotRun:
    if status == HTTPStatus.UNAUTHORIZED:
        return CouldNotRun(
            "The supplier does not accept the token", f"Put a valid one into {TOKEN_VARIABLE}."
        )
    return CouldNotRun(f"The supplier answered with status {status}, which is no page", _LATER)


def _seconds(asked: str | None) -> float | None:
    """A `Retry-After`: a number of seconds, or a moment."""
    if asked is None:
        return None
    if asked.strip().isdecimal():
        return float(asked)
    moment = _moment(asked)
    return None if moment is None else max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
