// The six models of Table 3 with the paper's own settings (`datnet.paper`), WNUT-2016 with 100
// sentences: beside the same rows of table3_wnut16 they show what the tuned settings are worth. The
// F1 on test of each epoch is recorded, for the authors' code chose the checkpoint by it.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  { model: experiment.table3, size: [100], pair: [1, 2, 3] },
  function(levels)
    experiment.model(
      levels.model, datnet.wnut16, experiment.few(levels.size, levels.pair) + datnet.paper
    ) { seed: levels.pair, record_test_each_epoch: true },
  order=['pair', 'size', 'model'],
) + {
  name: 'paper_wnut16_100',
  baseline: { model: 'Base' },
  report: { paper: { table: 3, corpus: 'wnut2016' } },
}
