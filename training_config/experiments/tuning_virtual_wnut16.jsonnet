// How far virtual adversarial training may move the other 2,294 sentences of the target, without their
// tags, beside 100 with tags, and whether an epoch should go through all of them or a tenth; on dev alone
// and on samples that no table uses (101 and up).
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local attacked(epsilon, rate) =
  datnet.with({ unlabelled_rate: rate })
  + datnet.unlabelled_rest
  + datnet.virtual(['unlabelled'], { type: 'relative', epsilon: epsilon });
local variants = {
  none: {},
  'VAT 0.3': attacked(0.3, 1.0),
  'VAT 0.3 of a tenth': attacked(0.3, 0.1),
  'VAT 0.05': attacked(0.05, 1.0),
  'VAT 0.05 of a tenth': attacked(0.05, 0.1),
};

experiment.grid(
  {
    model: ['Base', 'F-Transfer'],
    sample: [101, 102],
    variant: std.objectFields(variants),
  },
  function(levels) {
    config:
      experiment.model(levels.model, datnet.wnut16).config
      + experiment.few(100, levels.sample)
      + variants[levels.variant],
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: datnet.wnut16.dev } },
  },
  order=['sample', 'model', 'variant'],
) + {
  name: 'tuning_virtual_wnut16',
  baseline: { variant: 'none' },
  report: { rows: ['model', 'variant'] },
}
