"""Keeps what was received, append-only, and answers what was known at a moment.

Forbidden here: to know the format of a feed; to change or remove what is stored; to hold a name,
a date of birth or a UPN.
"""
