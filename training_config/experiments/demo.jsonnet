// Two models with two seeds on the fixtures, in seconds:
//   allennlp experiment training_config/experiments/demo.jsonnet -s runs/demo_experiment
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local vectors = 'fixtures/embeddings/en.50d.txt.gz';
local target = datnet.corpus('fixtures/target', vectors, [
  'corporation', 'creative-work', 'group', 'location', 'person', 'product',
]);
local source = datnet.corpus('fixtures/source', vectors, ['LOC', 'MISC', 'ORG', 'PER']);
local models = {
  Base: { config: datnet.base(target), evaluate: experiment.evaluate(target) },
  'DATNet-F': {
    config: datnet.datnet_f(target, source),
    evaluate: experiment.evaluate(target, source),
  },
};

experiment.grid(
  { model: ['Base', 'DATNet-F'], seed: [1, 2] },
  function(levels) models[levels.model] {
    seed: levels.seed,
    overrides: { 'trainer.num_epochs': 3 },
  },
) + { name: 'demo', baseline: { model: 'Base' } }
