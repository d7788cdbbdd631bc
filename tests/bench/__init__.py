"""How fast flagdl is, compared with what users could use instead: `make bench`."""
