"""What can go wrong, and the exit code each ends with.

    PublisherError
    ├── Blocked                 1  a check, a policy or an attack stopped the run
    │   ├── CheckFailed
    │   ├── DisclosureBlocked
    │   └── BatchRefused
    ├── UsageProblem            2  wrong usage or configuration
    │   └── ConfigProblem
    └── CouldNotRun             3  the machine, the store or a later stage is not ready
        ├── StoreProblem
        ├── FeedProblem
        └── NotYetAvailable

Every message is for the person who must act: what was found, where, and what to do instead.
No message carries a pupil, a UPN, a name or a true small count.
"""

from __future__ import annotations

from typing import ClassVar


class PublisherError(Exception):
    """Anything the program can explain.

    Args:
        found: what was found and where, in one sentence.
        advice: what the reader can do about it (may be empty).
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, found: str, advice: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.found}\n{self.advice}" if self.advice else self.found


class Blocked(PublisherError):
    """The work was possible and must not leave the house as it is."""

    exit_code = 1


class CheckFailed(Blocked):
    """A check of the outputs failed or could not run."""


class DisclosureBlocked(Blocked):
    """The disclosure policy could not be met."""


class BatchRefused(Blocked):
    """A batch of the feed was refused whole; nothing of it was stored."""


class UsageProblem(PublisherError):
    """The command or its arguments cannot be understood."""

    exit_code = 2


class ConfigProblem(UsageProblem):
    """A setting is unknown, misspelt or impossible; the message says file, line and column."""


class CouldNotRun(PublisherError):
    """Something that the run needs is missing or broken."""

    exit_code = 3


class StoreProblem(CouldNotRun):
    """The store is missing, locked or damaged."""


class FeedProblem(CouldNotRun):
    """The feed folder cannot be read at all."""


class NotYetAvailable(CouldNotRun):
    """A command that exists in name and says what it will do."""
