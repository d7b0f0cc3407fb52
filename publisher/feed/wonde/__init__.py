"""Reads Wonde-style JSON: pages of records, from a folder of pulls or from a supplier over HTTP.

Forbidden here: to keep anything of a page that is not on the list in `pages`, in memory or on disk.
"""
