"""Lists of a supplier: page after page until the last, none twice, none missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

from publisher.errors import BatchRefused
from publisher.feed.wonde.client import NoAccess, SupplierClient
from publisher.feed.wonde.pages import Page, Placed, read_page

VERSION = "v1.0"


class Supplier:
    """The lists that a supplier offers."""

    def __init__(self, client: SupplierClient) -> None:
        """Ask through `client`."""
        self._client = client

    @property
    def began(self) -> datetime:
        """When the supplier began to answer, in universal time; by our clock if it has none."""
        return self._client.began or datetime.now(UTC)

    def school_is_shared(self, school: str) -> bool:
        """Whether the supplier (still) gives the school at all.

        Raises:
            CouldNotRun: the supplier does not answer.
        """
        try:
            self._client.get(self._target(f"schools/{quote(school, safe='')}", {}))
        except NoAccess:
            return False
        return True

    def listed(self, path: str, name: str, **query: str) -> Iterator[Placed]:
        """All records of a list, in order; `name` is what the list is called in words.

        Raises:
            NoAccess: the supplier does not give the first page, or stops giving the list.
            BatchRefused: a page is broken, missing, or comes again and again.
            CouldNotRun: the supplier does not answer.
        """
        query = {**query, "per_page": str(self._client.settings.records_per_page)}
        target: str | None = self._target(path, query)
        number, asked = 1, set[str]()
        while target is not None:
            page = self._page(target, number, f"{name}, page {number}")
            for place, record in enumerate(page.records, start=1):
                yield f"{name}, page {number}, record {place}", record
            asked.add(target)
            target = self._following(page, asked, f"{name}, page {number}")
            number += 1

    def _page(self, target: str, number: int, name: str) -> Page:
        """One page; asked for again when another one, or half of it, came in its place."""
        broken = BatchRefused(
            f"{name}: the supplier sends another page in its place",
            "Nothing of this pull was stored. Run the same command again later.",
        )
        for _ in range(self._client.settings.attempts):
            try:
                body = self._client.get(target)
            except NoAccess:
                raise NoAccess(number) from None
            try:
                page = read_page(body, name)
            except BatchRefused as refused:  # perhaps cut short on the way
                broken = refused
                continue
            if page.number in {None, number}:
                return page
        raise broken

    def _following(self, page: Page, asked: set[str], name: str) -> str | None:
        if not page.more:
            return None
        advice = "Nothing of this pull was stored. Tell the supplier."
        if page.next is None:
            raise BatchRefused(f"{name} says that more follow, but not where", advice)
        parts, base = urlsplit(page.next), self._client.base
        if parts.netloc and (parts.scheme, parts.netloc) != (base.scheme, base.netloc):
            raise BatchRefused(f"{name} points to another host for the next page", advice)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if target in asked:
            raise BatchRefused(f"{name} points back to a page before it", advice)
        return target

    def _target(self, path: str, query: Mapping[str, str]) -> str:
        root = self._client.base.path.rstrip("/")
        return f"{root}/{VERSION}/{path}" + (f"?{urlencode(query)}" if query else "")
