// What is one space for the word vectors of two languages worth? Spanish and Dutch with few
// sentences, their vectors as they are or rotated into the English ones' space. On Spanish also with
// private encoders. 108 trainings; 4 to 5 minutes each on one core.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local spaces = { 'as they are': {}, aligned: datnet.aligned };

experiment.grid(
  {
    model: ['F-Transfer', 'DATNet-F', 'P-Transfer', 'DATNet-P'],
    corpus: ['conll2002_es', 'conll2002_nl'],
    vectors: ['as they are', 'aligned'],
    size: [10, 50, 200],
    pair: [1, 2, 3],
  },
  function(levels)
    if levels.corpus == 'conll2002_es' || std.member(['F-Transfer', 'DATNet-F'], levels.model) then
      experiment.model(
        levels.model,
        datnet[levels.corpus],
        experiment.few(levels.size, levels.pair) + spaces[levels.vectors]
      ) { seed: levels.pair },
  order=['pair', 'size', 'corpus', 'model', 'vectors'],
) + {
  name: 'alignment',
  baseline: { vectors: 'as they are' },
  report: {
    rows: ['model', 'vectors'],
    columns: ['corpus', 'size'],
    contrasts: [
      { factor: 'vectors', of: 'aligned', against: 'as they are' },
      { factor: 'model', of: 'DATNet-F', against: 'F-Transfer' },
      { factor: 'model', of: 'DATNet-P', against: 'P-Transfer' },
      { factor: 'model', of: 'P-Transfer', against: 'F-Transfer' },
    ],
  },
}
