"""Subcommands that this plugin adds to `allennlp`; importing this package registers them."""

from datnet_allennlp.commands.prepare_data import PrepareData as PrepareData
