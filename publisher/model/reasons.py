"""Why rows are withheld, for reviewers: the public cannot tell one reason from another."""

from __future__ import annotations

BECAUSE = "because"
"""Column: the name of a rule, one of `OTHER_REASONS`, or "" where the row is shown."""
EARLIER_RELEASE = "earlier release"
FOUND_BY_ATTACK = "found by the attack"
TO_PROTECT = "to protect others"
OTHER_REASONS = {
    EARLIER_RELEASE: "An earlier release withheld the row for the same days.",
    FOUND_BY_ATTACK: (
        "The attack on the files of an earlier round gave a row away that this row protects now."
    ),
    TO_PROTECT: "The row could be shown, but with it a withheld row could be worked out.",
}
"""What is not a rule of its own, and its words."""
