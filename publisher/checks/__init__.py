"""Checks of the outputs: expectations on protected cells, and the screener on finished files.

Nothing in here ever sees a true count, and no result carries a value: only numbers of rows.
"""
