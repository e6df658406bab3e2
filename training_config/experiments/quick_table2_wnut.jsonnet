// About an hour of table2_wnut.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'table2_wnut.jsonnet',
  'quick_table2_wnut',
  { corpus: ['wnut17'], seed: [1] },
  'One seed and WNUT-2017 only: no interval is possible.'
)
