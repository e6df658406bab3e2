"""DATNet (Zhou et al., ACL 2019) for AllenNLP: importing this package registers its components."""

from datnet_allennlp import (
    commands,
    data,
    metrics,
    models,
    modules,
    predictors,
    training,
)
from datnet_allennlp.tagging import Alternative as Alternative
from datnet_allennlp.tagging import Entity as Entity
from datnet_allennlp.tagging import TaggedText as TaggedText
from datnet_allennlp.tagging import Tagger as Tagger
