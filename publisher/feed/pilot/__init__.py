"""Reads numbers of pupils by school, session, code and year group, as the 2021 pilot shared them.

Forbidden here, as in all of `feed`: to know how batches are stored.
"""
