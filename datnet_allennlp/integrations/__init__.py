"""The tagger in other libraries."""
