"""Which school or pupil a person means when they ask for an erasure."""

from __future__ import annotations

import re

from publisher.errors import UsageProblem
from publisher.feed.pseudonym import PseudonymKey
from publisher.feed.values import text
from publisher.model.erasure import ErasedKind, Identified

_URN = re.compile(r"[1-9][0-9]{4,6}")
_UPN = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{5,}", re.IGNORECASE)
"""As a feed may write one; a UPN proper is a letter, eleven digits and a digit or letter."""


def identified(written: str, key: PseudonymKey) -> Identified:
    """The school of a URN (five to seven digits) or the pupil of a UPN.

    A UPN must be written as the feed writes it: its pseudonym depends on every letter.

    Raises:
        UsageProblem: it is neither; the words do not repeat it.
    """
    identifier = text(written)
    digest = key.receipt_digest(identifier)
    if _URN.fullmatch(identifier):
        return Identified(ErasedKind.SCHOOL, int(identifier), digest, key.fingerprint)
    if _UPN.fullmatch(identifier):
        (pseudonym,) = key.pupils([identifier]).tolist()
        return Identified(ErasedKind.PUPIL, pseudonym, digest, key.fingerprint)
    raise UsageProblem(
        "What is to be forgotten is neither a URN nor a UPN",
        "A URN is five to seven digits, a UPN letters and digits as the feed writes it.",
    )
