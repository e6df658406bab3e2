// About an hour of table6.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'table6.jsonnet',
  'quick_table6',
  { epsilon: [1.0, 5.0, 9.0], pair: [1] },
  'One pair and three values only: no interval is possible.'
)
