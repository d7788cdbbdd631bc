"""The command line, and its runs in the history."""
