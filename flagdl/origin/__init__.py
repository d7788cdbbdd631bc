"""The embedded flag servers: LOCAL answers at once, DELAY is slow, ERROR is slow and fails.

They run in a process of their own, on the loopback interface only, and serve real flags.
`process.OriginProcess` owns that process; `python -m flagdl.origin` serves in the foreground.
"""
