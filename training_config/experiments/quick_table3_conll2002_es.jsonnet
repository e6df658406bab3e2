// About an hour of table3_conll2002_es.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'table3_conll2002_es.jsonnet',
  'quick_table3_conll2002_es',
  { size: [200], pair: [1], model: experiment.table3 },
  'One pair, 200 sentences and six models only: no interval is possible.'
)
