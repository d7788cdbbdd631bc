"""The embedded flag servers: LOCAL is quick, DELAY slow, ERROR slow and faulty, LAB as you set it.

They run in a process of their own, on the loopback interface only, and serve real flags.
`process.OriginProcess` owns that process; `python -m flagdl.origin` serves in the foreground.
"""
