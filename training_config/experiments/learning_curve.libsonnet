// What `allennlp learning-curve` runs: base and DATNet-F on samples of the target's sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

// `source` and `target`, each a `corpus` as in datnet.libsonnet and what its reader is told beside it;
// `shared_words`, `sizes` and `samples`.
local given = std.parseJson(std.extVar('learning_curve'));
local source = given.source.corpus;
local target = given.target.corpus;
local told(resource) = { dataset_reader+: { readers+: { [resource]+: given[resource].reader_keys } } };
// Vectors of two languages are brought into one space.
local vectors = std.set([source.vectors, target.vectors], std.toString);
local space =
  if given.shared_words then datnet.shared_words
  else if std.length(vectors) == 1 || std.member(vectors, null) then {}
  else datnet.aligned;
local models = {
  Base: datnet.base(target) + told('target'),
  'DATNet-F': datnet.datnet_f(target, source) + told('target') + told('source') + space,
};

experiment.grid(
  { model: ['Base', 'DATNet-F'], size: given.sizes, pair: std.range(1, given.samples) },
  function(levels) {
    config: models[levels.model]
            + datnet.few(levels.size, levels.pair)
            + if target.dev == null then datnet.held_out() else {},
    // Each sample of a size is trained with a seed of its own.
    seed: levels.pair,
    evaluate: {
      [if target.dev != null then 'dev']: { path: target.dev },
      [if target.test != null then 'test']: { path: target.test },
    },
  },
) + {
  name: 'learning_curve',
  baseline: { model: 'Base' },
  report: if target.test != null then {} else {
    metric: 'best_dev_f1',
    note: 'There is no test set. The dev set chose the checkpoint too, so F1 is a little too high.',
  },
}
