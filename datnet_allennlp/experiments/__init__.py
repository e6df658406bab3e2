"""Grids of trainings: what a specification asks for, run once each, a line of results for each."""
