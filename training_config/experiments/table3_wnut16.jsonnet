// Tables 3 and 4 on WNUT-2016: the fourteen models with few target sentences. A pair is a sample of
// the sentences and a seed of the training.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local target = datnet.wnut16;

experiment.grid(
  { model: experiment.table4, size: [10, 50, 100, 200], pair: [1, 2, 3, 4, 5] },
  function(levels)
    experiment.model(levels.model, target, experiment.few(levels.size, levels.pair)) { seed: levels.pair },
  order=['pair', 'size', 'model'],
) + {
  name: 'table3_wnut16',
  baseline: { model: 'Base' },
  report: { paper: { table: 3, corpus: 'wnut2016' } },
}
