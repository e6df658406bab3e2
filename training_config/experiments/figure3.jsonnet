// Figure 3: the shared encodings of English and Spanish without a discriminator, with AD and with
// GRAD, on a tenth of the Spanish sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

experiment.grid(
  { model: ['P-Transfer', 'P-Transfer + AD', 'P-Transfer + GRAD'], pair: [1, 2, 3] },
  function(levels)
    experiment.model(levels.model, datnet.conll2002_es, datnet.fraction(0.1, levels.pair)) {
      seed: levels.pair,
      draw_encodings: true,
    },
  order=['pair', 'model'],
) + { name: 'figure3', baseline: { model: 'P-Transfer' } }
