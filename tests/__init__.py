"""flagdl's tests: one file per module, and the whole path in a real browser."""
