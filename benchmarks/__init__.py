"""Programs that measure speed, each to be run alone or all by `make bench`."""
