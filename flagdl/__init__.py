"""Pick countries, watch every future complete live, keep the flags."""
