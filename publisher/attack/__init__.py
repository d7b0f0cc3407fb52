"""The adversary: reads finished files as the public sees them.

Imports `model` and `reference` only.
"""
