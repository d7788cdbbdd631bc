"""How the dashboard is served: sockets, threads, signals."""
