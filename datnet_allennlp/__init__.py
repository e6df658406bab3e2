"""DATNet (Zhou et al., ACL 2019) for AllenNLP: importing this package registers its components."""

from datnet_allennlp import (
    commands,
    console,
    data,
    metrics,
    models,
    modules,
    predictors,
    training,
)

console.quiet_warnings()
console.explain_mistakes()
console.spare_the_collector()
