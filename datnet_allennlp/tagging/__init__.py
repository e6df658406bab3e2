"""From an archive and texts to entities with their confidence."""

from datnet_allennlp.tagging.tagged_text import Alternative, Entity, TaggedText
from datnet_allennlp.tagging.tagger import Tagger
