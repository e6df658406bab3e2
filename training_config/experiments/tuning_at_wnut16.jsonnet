// How long AT's perturbation should be for the base model with 100 target sentences, and whether its
// direction matters; on dev alone and on samples that no table uses (101 and up).
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local attacked(bound) = datnet.base_at(target) + datnet.with({ bound: bound });
local relative(epsilon) = attacked({ type: 'relative', epsilon: epsilon });

local variants = {
  Base: datnet.base(target),
  'AT 0.05': relative(0.05),
  'AT 0.15': relative(0.15),
  'AT 0.5': relative(0.5),
  // Adam does not see the scale of a gradient, the clip does: a sum of the clean and the adversarial
  // pass that is clipped at twice the length is their average.
  'AT 0.15, average of the passes':
    relative(0.15) + { local chosen = self.settings, trainer+: { grad_norm: 2 * chosen.clip } },
  // The paper's, on vectors that are scaled here.
  'AT of length 5': attacked({ type: 'absolute', epsilon: 5.0 }),
  'random noise 0.5': relative(0.5) + experiment.random_direction,
};

experiment.grid(
  { sample: [101, 102, 103, 104, 105], variant: std.objectFields(variants) },
  function(levels) {
    config: variants[levels.variant] + experiment.few(100, levels.sample),
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: target.dev } },
  },
  order=['sample', 'variant'],
) + {
  name: 'tuning_at_wnut16',
  baseline: { variant: 'Base' },
  report: { rows: ['variant'] },
}
