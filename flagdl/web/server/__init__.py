"""How the dashboard is served: connections, threads, and websockets that are watched."""
