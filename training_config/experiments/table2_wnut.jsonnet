// Table 2 on tweets: all target sentences. The checkpoint is chosen on dev; for `wnut16` the paper
// trains on train and dev together, see table2_wnut16_all.jsonnet.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  {
    corpus: ['wnut17', 'wnut16'],
    model: ['Base', 'F-Transfer', 'P-Transfer', 'DATNet-F', 'DATNet-P'],
    seed: [1, 2, 3, 4, 5],
  },
  function(levels)
    experiment.model(levels.model, datnet[levels.corpus]) { seed: levels.seed },
  order=['seed', 'corpus', 'model'],
) + { name: 'table2_wnut', baseline: { model: 'Base' } }
