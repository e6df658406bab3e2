"""Lets tools that know no pyproject.toml find the metadata there."""

from setuptools import setup

setup()
