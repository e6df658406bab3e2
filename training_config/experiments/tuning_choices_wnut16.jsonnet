// What the authors' code does otherwise, and what else the method leaves open: one change of F-Transfer
// each, with 100 target sentences, on dev alone and on samples that no table uses (101 and up).
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local model(discriminator=null, with_at=false, settings={}) =
  datnet.combination(target, 'F', discriminator, with_at) + datnet.with(settings);
// So much of the target's batches ends the epoch, after all others.
local tail(share) = { data_loader+: { batch_sampler+: { tail: { target: share } } } };
local longer = { bound: { type: 'relative', epsilon: 0.15 } };
local discriminator(changes) = { model+: { discriminator+: changes } };

local variants(few) = {
  F: model() + few,
  'F, three tenths of the source an epoch': model() + few + datnet.with({ source_rate: 0.3 }),
  'F, 30 % of the target last': model() + few + tail(0.3),
  'F, 80 % of the target last': model() + few + tail(0.8),
  'F, moments for each resource':
    model() + few + { trainer+: { callbacks+: [{ type: 'moments_per_resource' }] } },
  'AT 0.15': model(with_at=true, settings=longer) + few,
  'random noise 0.15': model(with_at=true, settings=longer) + few + experiment.random_direction,
  GRAD: model('GRAD') + few,
  'GRAD, tokens summed behind dropout, rate 0.7':
    model('GRAD', settings={ reversal_rate: 0.7 }) + few + discriminator({ encoder: 'boe', dropout: 0.5 }),
  'GRAD, mean of the tokens, rate 20':
    model('GRAD', settings={ reversal_rate: 20.0 })
    + few
    + discriminator({ encoder: { type: 'boe', averaged: true } }),
  'GRAD, slower discriminator': model('GRAD') + few + experiment.discriminator_rate(0.2),
  'GRAD, rate grows over 3,000 steps':
    model('GRAD') + few + { model+: { gradient_reversal: { type: 'dann', rate: 2.0, num_steps: 3000 } } },
  'GRAD, gamma 0, alpha 0.5': model('GRAD', settings={ gamma: 0.0, alpha: 0.5 }) + few,
  'GRAD, reads the rest of the target': model('GRAD') + few + datnet.unlabelled_rest,
};

experiment.grid(
  { sample: [101, 102], variant: std.objectFields(variants({})) },
  function(levels) {
    config: variants(experiment.few(100, levels.sample))[levels.variant],
    seed: levels.sample,
    evaluate: {
      dev: { resource: 'target', path: target.dev },
      source: { resource: 'source', path: datnet.conll2003.dev },
    },
  },
  order=['sample', 'variant'],
) + {
  name: 'tuning_choices_wnut16',
  baseline: { variant: 'F' },
  report: { rows: ['variant'] },
}
