"""Jobs in the background: the registry, each job's life, and its watchers."""
