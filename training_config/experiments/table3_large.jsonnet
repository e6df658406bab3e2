// Table 3 with 500 and 1,000 target sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  {
    corpus: ['wnut16', 'conll2002_es'],
    model: experiment.table3,
    size: [500, 1000],
    pair: [1, 2, 3],
  },
  function(levels)
    experiment.model(levels.model, datnet[levels.corpus], datnet.few(levels.size, levels.pair)) {
      seed: levels.pair,
    },
  order=['pair', 'corpus', 'size', 'model'],
) + { name: 'table3_large', baseline: { model: 'Base' } }
