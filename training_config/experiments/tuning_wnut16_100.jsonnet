// What makes the method work with 100 target sentences, on dev alone and on samples that no table
// uses (101 and up). Results: results/tuning_wnut16_100.jsonl.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local target = datnet.wnut16;
local relative(epsilon) = { type: 'relative', epsilon: epsilon };
local noise = { trainer+: { callbacks: [super.callbacks[0] { perturbation: 'random' }] } };

// A short run for the screening: a tenth of the source an epoch.
local short = datnet.bio + datnet.with({ source_rate: 0.1 });
local F(discriminator=null, with_at=false) = datnet.combination(target, 'F', discriminator, with_at) + short;
local P(discriminator=null, with_at=false) = datnet.combination(target, 'P', discriminator, with_at) + short;
local at(epsilon) =
  F(with_at=true) + datnet.with({ bound: relative(epsilon), warmup_steps: 0, clip: 10.0 });
local grad(values) = F('GRAD') + datnet.with(values);

local variants = {
  'F': F(),
  'F clip 10': F() + datnet.clip(10.0),
  'F AT 0.3': at(0.3),
  'F AT 1.0': at(1.0),
  'F noise 1.0': at(1.0) + noise,
  'F AT 3.0': at(3.0),
  'F GRAD': grad({}),
  'F GRAD rate 5': grad({ reversal_rate: 5.0 }),
  'F GRAD rate 5, alpha 0.5, gamma 0': grad({ reversal_rate: 5.0, alpha: 0.5, gamma: 0.0 }),
  'F GRAD rate 20, alpha 0.5': grad({ reversal_rate: 20.0, alpha: 0.5 }),
  'P': P(),
  'P private 50, shared 150': P() + datnet.with({ private_size: 50, shared_size: 150 }),
  'F learning rate 0.002': F() + datnet.with({ learning_rate: 0.002 }),
  'F batch 8': F() + datnet.with({ batch_size: 8 }),
  'F unscaled vectors': F() + datnet.with({ standard_deviation: null }),
};

experiment.grid(
  { sample: [101, 102, 103], variant: std.objectFields(variants) },
  function(levels) {
    config: variants[levels.variant] + datnet.few(100, levels.sample),
    seed: levels.sample,
    evaluate: { dev: { resource: 'target', path: target.dev } },
  },
) + { name: 'tuning_wnut16_100', baseline: { variant: 'F' } }
