// Tables 3 and 4 on Spanish with few target sentences: the six models of Table 3, and with 200
// sentences the fourteen of Table 4.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local target = datnet.conll2002_es;

experiment.grid(
  { model: experiment.table4, size: [10, 50, 200], pair: [1, 2, 3] },
  function(levels)
    if levels.size == 200 || std.member(experiment.table3, levels.model) then
      experiment.model(levels.model, target, experiment.few(levels.size, levels.pair)) { seed: levels.pair },
  order=['pair', 'size', 'model'],
) + {
  name: 'table3_conll2002_es',
  baseline: { model: 'Base' },
  report: { paper: { table: 3, corpus: 'conll2002_es' } },
}
