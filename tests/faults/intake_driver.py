"""Ingests a feed in a process of its own and dies, or meets a full disk, at a chosen moment.

    python intake_driver.py FEED STORE MOMENT NUMBER

The process kills itself at the NUMBER-th time that MOMENT comes: a call of the operating system
by which the store changes. MOMENT `limit` allows no file to grow beyond NUMBER bytes instead;
`spill` does so too, and lets no mark wait in memory.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from publisher.errors import PublisherError
from publisher.feed.settings import FeedSettings
from publisher.store.store import Store
from tests.unit.feed.toy_feed import ingest

MOMENTS = ("fsync", "rename", "mkdir")


def die_at(moment: str, number: int) -> None:
    real: Callable[..., object] = getattr(os, moment)
    left = [number]

    def call(*args: object, **others: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **others)

    setattr(os, moment, call)


def main(feed: str, store: str, moment: str, number: str) -> int:
    if moment in MOMENTS:
        die_at(moment, int(number))
    else:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(number), int(number)))
    try:
        # in the moment "spill" all marks wait in a temporary file, which meets the full disk
        options = FeedSettings(marks_in_memory=1) if moment == "spill" else FeedSettings()
        report = ingest(Path(feed), Store(Path(store)), settings=options)
    except PublisherError as error:
        sys.stderr.write(str(error))
        return error.exit_code
    return len(report.refused)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
