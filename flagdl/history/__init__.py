"""The log of every job, in SQLite, and who owns it."""
