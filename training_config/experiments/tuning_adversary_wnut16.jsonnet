// Whether a stronger adversary makes the encodings of source and target alike, and whether that
// helps: 100 target sentences, on dev alone and on samples that no table uses (101 and up). The
// kinds of scores in its report have the proxy A-distance of the two dev sets.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local adversary(discriminator, settings) =
  datnet.combination(target, 'F', discriminator) + datnet.with(settings);

local variants = {
  F: datnet.f_transfer(target),
  'GRAD rate 2': adversary('GRAD', {}),
  'GRAD rate 20': adversary('GRAD', { reversal_rate: 20.0 }),
  'GRAD rate 20 and discriminator 5 times as fast':
    adversary('GRAD', { reversal_rate: 20.0 }) + experiment.discriminator_rate(5.0),
  'GRAD rate 100': adversary('GRAD', { reversal_rate: 100.0 }),
  'AD rate 20': adversary('AD', { ad_reversal_rate: 20.0 }),
};

experiment.grid(
  { sample: [101, 102], variant: std.objectFields(variants) },
  function(levels) {
    config: variants[levels.variant] + experiment.few(100, levels.sample),
    seed: levels.sample,
    evaluate: {
      dev: { resource: 'target', path: target.dev },
      source: { resource: 'source', path: datnet.conll2003.dev },
    },
  },
  order=['sample', 'variant'],
) + {
  name: 'tuning_adversary_wnut16',
  baseline: { variant: 'F' },
  report: { rows: ['variant'] },
}
