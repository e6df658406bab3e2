"""DATNet (Zhou et al., ACL 2019) for AllenNLP: importing this package registers its components."""

import gc

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
# What the libraries hold stays for good. Otherwise the garbage collector would go through half a
# million objects of theirs again and again while instances are made.
gc.freeze()
