// About an hour of figure2.jsonnet.
local experiment = import 'experiment.libsonnet';

experiment.restrict(
  import 'figure2.jsonnet',
  'quick_figure2',
  { corpus: ['wnut16'], ratio: [0.05, 0.1] },
  'WNUT-2016 and the two smallest ratios only.'
)
