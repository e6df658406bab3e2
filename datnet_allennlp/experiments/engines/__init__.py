"""Engines: where the cells of a grid are run."""
