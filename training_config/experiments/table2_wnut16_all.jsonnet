// WNUT-2016 as in the paper: trained on train and dev together, so that no dev set is left and the
// last of a fixed number of epochs counts.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local target = datnet.wnut16 { train: [datnet.wnut16.train, datnet.wnut16.dev] };

experiment.grid(
  { model: ['Base', 'F-Transfer', 'P-Transfer', 'DATNet-F', 'DATNet-P'], seed: [1, 2, 3, 4, 5] },
  function(levels)
    experiment.model(levels.model, target, datnet.fixed_epochs(25)) {
      seed: levels.seed,
      evaluate+: { dev:: null },
    },
  order=['seed', 'model'],
) + {
  name: 'table2_wnut16_all',
  baseline: { model: 'Base' },
  report: { paper: { table: 2, corpus: 'wnut2016' } },
}
