// About an hour of table5.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'table5.jsonnet',
  'quick_table5',
  { alpha: [0.1, 0.2, 0.8], pair: [1] },
  'One pair and three values only: no interval is possible.'
)
