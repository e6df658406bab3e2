"""Scores of tagged sentences, and what they say: significance, effects, distance of resources."""
