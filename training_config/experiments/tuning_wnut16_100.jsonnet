// What makes the method work with 100 target sentences, on dev alone and on samples that no table
// uses (101 and up). For screening, a tenth of the source an epoch. What won has become the default
// in datnet.libsonnet; here the settings are those before.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local before = datnet.with({
  coding: 'BIO',
  source_rate: 0.1,
  private_size: 100,
  shared_size: 100,
  reversal_rate: 0.7,
  warmup_steps: 500,
  clip: 5.0,
  num_epochs: 50,
});
local model(architecture, discriminator=null, with_at=false, settings={}) =
  datnet.combination(target, architecture, discriminator, with_at) + before + datnet.with(settings);
local relative(epsilon) = {
  bound: { type: 'relative', epsilon: epsilon },
  warmup_steps: 0,
  // Neither the clean nor the adversarial pass is clipped at most steps.
  clip: 10.0,
};
local narrow = { private_size: 50, shared_size: 150 };

local variants = {
  F: model('F'),
  'F + BIOUL': model('F') + datnet.coding('BIOUL'),
  'F + learning rate 0.002': model('F', settings={ learning_rate: 0.002 }),
  'F + clip 10': model('F', settings={ clip: 10.0 }),
  'F + AD': model('F', 'AD'),
  'F + AD rate 5': model('F', 'AD', settings={ ad_reversal_rate: 5.0 }),
  'F + GRAD': model('F', 'GRAD'),
  'F + GRAD rate 5': model('F', 'GRAD', settings={ reversal_rate: 5.0 }),
  'F + GRAD rate 10': model('F', 'GRAD', settings={ reversal_rate: 10.0 }),
  'F + AT 0.05': model('F', with_at=true, settings=relative(0.05)),
  'F + AT 0.3': model('F', with_at=true, settings=relative(0.3)),
  'F + AT 1.0': model('F', with_at=true, settings=relative(1.0)),
  'F + experiment.random_direction 1.0': model('F', with_at=true, settings=relative(1.0)) + experiment.random_direction,
  'F + GRAD rate 5 + AT 0.05': model('F', 'GRAD', true, relative(0.05) { reversal_rate: 5.0 }),
  P: model('P'),
  'P + private 50 shared 150': model('P', settings=narrow),
  'P + private 50 shared 150 + GRAD rate 5':
    model('P', 'GRAD', settings=narrow { reversal_rate: 5.0 }),
};

experiment.grid(
  { sample: [101, 102, 103], variant: std.objectFields(variants) },
  function(levels) {
    config: variants[levels.variant] + datnet.few(100, levels.sample),
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: target.dev } },
  },
) + {
  name: 'tuning_wnut16_100',
  baseline: { variant: 'F' },
  report: { rows: ['variant'], trials_over: ['variant'] },
}
