"""Changes a store in processes of their own that are killed at chosen moments.

    python store_driver.py ACTION FEED STORE [CALLS…]

Without CALLS, ACTION runs once and the number of calls that it makes is printed. With them, a copy
of the store in STORE is made for each, and ACTION is killed when it makes that many calls: of
Python functions and of functions of the system, wherever it then is. What it left is judged by
`judged`, whose words are printed, one line for each.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[2]))

from publisher.feed.identify import identified
from publisher.store.store import Store
from tests.faults.store_judge import judged
from tests.unit.feed.toy_feed import KEY, PUPIL, ingest

EVENTS = frozenset({"call", "c_call"})


def act(action: str, feed: Path, folder: Path) -> None:
    store = Store(folder)
    if action == "ingest":
        ingest(feed, store)
        return
    with store.writing() as writer:
        if action == "compact":
            writer.compact()
        else:
            writer.erase(identified(str(PUPIL["upn"]), KEY))


def counting(limit: int | None) -> list[int]:
    """Count calls from now on; at `limit` this process dies at once."""
    calls = [0]

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event in EVENTS:
            calls[0] += 1
            if calls[0] == limit:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    return calls


def in_a_child(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; the signal that ended it, or 0."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed(action: str, feed: Path, folder: Path, limit: int) -> str:
    broken = folder.with_name("broken")
    shutil.rmtree(broken, ignore_errors=True)
    if folder.exists():
        shutil.copytree(folder, broken)

    def work() -> None:
        counting(limit)
        act(action, feed, broken)
        os._exit(0)

    signalled = in_a_child(work)
    if signalled != signal.SIGKILL:
        return f"{limit}: was not killed"
    verdict = folder.with_name("verdict")
    verdict.unlink(missing_ok=True)
    reference = folder.with_name("reference")

    def judge() -> None:
        words = judged(lambda store: act(action, feed, store), folder, broken, reference)
        verdict.write_text(words)
        os._exit(0)

    in_a_child(judge)
    return f"{limit}: {verdict.read_text() if verdict.exists() else 'the judge died'}"


def main(action: str, feed: str, store: str, *calls: str) -> None:
    if calls:
        for each in calls:
            sys.stdout.write(killed(action, Path(feed), Path(store), int(each)) + "\n")
        return
    counted = counting(None)
    act(action, Path(feed), Path(store))
    sys.setprofile(None)
    sys.stdout.write(f"{counted[0]}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
