"""The command line: reads arguments, shows progress, turns errors into exit codes."""

from publisher.cli.main import main

__all__ = ["main"]
