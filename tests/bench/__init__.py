"""How fast flagdl is, beside what users would take instead: `make bench`."""
