"""A supplier on this machine: serves a folder of pulls as if it were the service itself.

It knows a moment (`clock`) and shows everything that the pulls up to it had brought. Loopback only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from publisher.synthetic.suppliers.catalogue import Catalogue, Record

LONDON = ZoneInfo("Europe/London")
_HOST = "127.0.0.1"
_MOST_PER_PAGE = 5_000


@dataclass
class Reply:
    """What is sent; `cut` ends the connection after half of the body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    cut: bool = False


Query = Mapping[str, str]
Fault = Callable[[str, Query], Reply | None]
"""Given path and query: an answer in place of the right one, or None."""


class Supplier:
    """The service: what it knows, whom it lets in, and when it is."""

    def __init__(self, folder: Path, token: str) -> None:
        """Serve the pulls in `folder` to whoever has the token; a minute after the last pull."""
        self.catalogue = Catalogue(folder)
        self.clock = self.catalogue.moments[-1] + timedelta(minutes=1)
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        """Every path and query that was asked for."""
        self._token = token
        self._known: tuple[datetime, Mapping[str, Any]] | None = None

    def reply(self, target: str, authorization: str | None, host: str) -> Reply:
        """The answer to a request."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        self.asked.append(target)
        for fault in self.faults:
            if (wrong := fault(parts.path, query)) is not None:
                return wrong
        if authorization != f"Bearer {self._token}":
            return Reply(HTTPStatus.UNAUTHORIZED)
        records = self.catalogue.listed(parts.path.strip("/").split("/"), query, self.clock)
        if records is None:
            return Reply(HTTPStatus.NOT_FOUND)
        return Reply(HTTPStatus.OK, _page(records, parts.path, query, host))


def _page(records: list[Record], path: str, query: Query, host: str) -> bytes:
    size = min(int(query.get("per_page", 50)), _MOST_PER_PAGE)
    number = int(query.get("page", 1))
    more = number * size < len(records)
    following = urlencode({**query, "page": number + 1})
    pagination = {
        "next": f"http://{host}{path}?{following}" if more else None,
        "more": more,
        "per_page": size,
        "current_page": number,
    }
    data = records[(number - 1) * size : number * size]
    return json.dumps({"data": data, "meta": {"pagination": pagination}}).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece, or they wait for each other
    supplier: Supplier

    def do_GET(self) -> None:
        host = self.headers.get("Host", _HOST)
        reply = self.supplier.reply(self.path, self.headers.get("Authorization"), host)
        self.send_response(reply.status)
        for name, value in (reply.headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
        self.close_connection = reply.cut

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The supplier's own moment, whatever the time is here."""
        del timestamp
        local = self.supplier.clock.replace(tzinfo=LONDON)
        return format_datetime(local.astimezone(UTC), usegmt=True)

    def log_message(self, *_words: object) -> None:
        """Say nothing: addresses carry ids."""


@contextmanager
def serving(supplier: Supplier) -> Iterator[str]:
    """Serve while the block runs; gives the address."""
    handler = type("Handler", (_Handler,), {"supplier": supplier})
    server = ThreadingHTTPServer((_HOST, 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{_HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
