// About half an hour of figure3.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'figure3.jsonnet',
  'quick_figure3',
  { pair: [1] },
  'One pair only: the distances below the panels are single figures.'
)
