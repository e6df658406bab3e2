// About an hour of table3_wnut16.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'table3_wnut16.jsonnet',
  'quick_table3_wnut16',
  { size: [100], pair: [1] },
  'One pair and 100 sentences only: no interval is possible.'
)
