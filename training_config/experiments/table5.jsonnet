// Table 5: the weight alpha of GRAD, on a tenth of the Spanish sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  { alpha: [0.1, 0.2, 0.35, 0.5, 0.8], ratio: [0.1], pair: [1, 2, 3] },
  function(levels)
    experiment.model(
      'DATNet-P',
      datnet.conll2002_es,
      datnet.fraction(levels.ratio, levels.pair) + datnet.with({ alpha: levels.alpha })
    ) { seed: levels.pair },
  order=['pair', 'ratio', 'alpha'],
) + {
  name: 'table5',
  baseline: { alpha: 0.2 },
  report: { rows: ['ratio'], columns: ['alpha'], paper: { table: 5 } },
}
