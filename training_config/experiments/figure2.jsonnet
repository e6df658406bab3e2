// Figure 2: the target's data ratio.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  {
    corpus: ['conll2002_es', 'wnut16'],
    model: ['Base', 'Base + AT', 'P-Transfer', 'F-Transfer', 'DATNet-P', 'DATNet-F'],
    ratio: [0.05, 0.1, 0.2, 0.4],
    pair: [1],
  },
  function(levels)
    experiment.model(levels.model, datnet[levels.corpus], datnet.fraction(levels.ratio, levels.pair)) {
      seed: levels.pair,
    },
  order=['pair', 'ratio', 'corpus', 'model'],
) + { name: 'figure2', baseline: { model: 'Base' } }
