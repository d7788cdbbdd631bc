"""What a job is: codes, options, events, and their sum. Pure: no threads, files or sockets."""
