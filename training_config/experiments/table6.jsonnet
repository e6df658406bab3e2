// Table 6: the bound of the perturbation of the target's words, in the paper's own (absolute) terms;
// that of all other embeddings is 5. On a tenth of the Spanish sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local absolute(epsilon) = { type: 'absolute', epsilon: epsilon };
local of_target(epsilon) = {
  trainer+: {
    callbacks: [
      if callback.type == 'adversarial_training' then callback {
        epsilon+: { 'text_field_embedder.per_resource.target': absolute(epsilon) },
      } else callback
      for callback in super.callbacks
    ],
  },
};

experiment.grid(
  { epsilon: [1.0, 3.0, 5.0, 7.0, 9.0], ratio: [0.1], pair: [1, 2, 3] },
  function(levels)
    experiment.model(
      'DATNet-P',
      datnet.conll2002_es,
      datnet.fraction(levels.ratio, levels.pair)
      + datnet.with({ bound: absolute(5.0) })
      + of_target(levels.epsilon)
    ) { seed: levels.pair },
  order=['pair', 'ratio', 'epsilon'],
) + {
  name: 'table6',
  baseline: { epsilon: 5.0 },
  report: { rows: ['ratio'], columns: ['epsilon'], paper: { table: 6 } },
}
