// What keeps a model of 100 target sentences from learning them by heart: averaged weights, more
// dropout, narrower LSTMs. One change each, on dev alone and on samples that no table uses (101 and up).
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
// Of the weights of the last steps, about 1 / (1 - decay) of them, and at most a ninth of all so far;
// an epoch has some 120 of F-Transfer and 32 of Base.
local averaged(decay) = { trainer+: { moving_average: { type: 'exponential', decay: decay } } };
local variants = {
  default: {},
  'weights averaged, 0.99': averaged(0.99),
  'weights averaged, 0.999': averaged(0.999),
  'embedding dropout 0.5': datnet.with({ embedding_dropout: 0.5 }),
  'LSTM of 100 units': datnet.with({ hidden_size: 100 }),
};

experiment.grid(
  {
    sample: [101, 102, 103, 104, 105],
    model: ['Base', 'F-Transfer', 'DATNet-F'],
    variant: std.objectFields(variants),
  },
  function(levels) {
    config: experiment.model(
      levels.model,
      target,
      experiment.few(100, levels.sample) + variants[levels.variant]
    ).config,
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: target.dev } },
  },
  order=['sample', 'model', 'variant'],
) + {
  name: 'tuning_regularisation_wnut16',
  baseline: { variant: 'default' },
  report: { rows: ['variant'], columns: ['model'] },
}
