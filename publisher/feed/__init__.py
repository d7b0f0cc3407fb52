"""Reads what arrives: adapters turn a feed into registers and validated, pseudonymised batches.

Forbidden here: to let a name, a date of birth or a UPN pass, in data or in words; to know how
batches are stored.
"""
