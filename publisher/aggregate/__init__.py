"""Counts sessions, enrolments and schools: from the store's marks to true cells.

Forbidden here: writing or printing a true count, rounding, withholding, knowing which statistics
exist. The SQL is text from small functions (`queries*`); one place runs it (`engine`).
"""
