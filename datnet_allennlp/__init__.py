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
