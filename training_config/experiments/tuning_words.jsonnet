// Without word vectors: one trained embedding of the words for both resources, or one for each? On dev
// alone and on samples that no table uses (101 and up); the other settings are the defaults.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local without_vectors(corpus) = corpus { vectors: null };
local targets = { wnut16: 100, conll2002_es: 200 };
local embeddings = { 'for each': {}, shared: datnet.shared_words };

experiment.grid(
  {
    target: ['wnut16', 'conll2002_es'],
    model: ['Base', 'F-Transfer'],
    embeddings: ['for each', 'shared'],
    sample: [101, 102, 103, 104],
  },
  function(levels)
    local target = without_vectors(datnet[levels.target]);
    if levels.model == 'Base' && levels.embeddings == 'shared' then null else {
      config: experiment.model(
        levels.model,
        target,
        experiment.few(targets[levels.target], levels.sample) + embeddings[levels.embeddings],
        without_vectors(datnet.conll2003)
      ).config,
      seed: levels.sample,
      evaluate: { dev: { resource: 'target', path: target.dev } },
    },
  order=['sample', 'target', 'model', 'embeddings'],
) + {
  name: 'tuning_words',
  baseline: { embeddings: 'for each' },
  report: { rows: ['model', 'embeddings'], columns: ['target'] },
}
