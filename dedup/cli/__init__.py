"""The command line: one file per command, each parses, makes one library call, renders."""

from dedup.cli.main import main

__all__ = ["main"]
