"""Jobs on a Dask cluster: workers fetch and check, this process saves. Needs `distributed`."""
