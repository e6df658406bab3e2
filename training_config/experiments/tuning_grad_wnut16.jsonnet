// GRAD's reversal rate and alpha with few target sentences, on dev alone and on samples that no
// table uses (101 and up); the other settings are the defaults.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local grad(settings) = datnet.combination(target, 'F', 'GRAD') + datnet.with(settings);

local variants = {
  F: datnet.f_transfer(target),
  'rate 0.7': grad({ reversal_rate: 0.7 }),
  'rate 2': grad({ reversal_rate: 2.0 }),
  'rate 5': grad({ reversal_rate: 5.0 }),
  'rate 5 and alpha 0.5': grad({ reversal_rate: 5.0, alpha: 0.5 }),
};

experiment.grid(
  { size: [50, 100], sample: [101, 102, 103], variant: std.objectFields(variants) },
  function(levels) {
    config: variants[levels.variant] + experiment.few(levels.size, levels.sample),
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: target.dev } },
  },
  order=['size', 'sample', 'variant'],
) + {
  name: 'tuning_grad_wnut16',
  baseline: { variant: 'F' },
  report: { rows: ['variant'], trials_over: ['variant'] },
}
