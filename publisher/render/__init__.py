"""Turns checked figures into files: one writer per format, and symbols appear only here."""
