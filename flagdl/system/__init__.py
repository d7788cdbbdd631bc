"""What a process has from its system: signals, standard streams, threads, open files."""
