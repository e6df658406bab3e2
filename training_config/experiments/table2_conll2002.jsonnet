// Table 2 on Spanish and Dutch: all target sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  {
    corpus: ['conll2002_es', 'conll2002_nl'],
    model: ['Base', 'DATNet-P', 'DATNet-F'],
    seed: [1],
  },
  function(levels)
    experiment.model(levels.model, datnet[levels.corpus]) { seed: levels.seed },
  order=['seed', 'corpus', 'model'],
) + { name: 'table2_conll2002', baseline: { model: 'Base' } }
