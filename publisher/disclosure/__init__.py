"""Disclosure control: the only way from true cells to cells that may leave the house.

Forbidden here: databases, files other than the ledger of what was published, and the catalogue.
"""
