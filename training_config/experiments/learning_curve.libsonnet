// What `allennlp learning-curve` runs: base and DATNet-F on samples of the target's sentences.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

// `source` and `target` with the keys `folder`, `vectors` and `entity_types`; `sizes`, `samples` and
// `has_test`, whether the target has a test set.
local given = std.parseJson(std.extVar('learning_curve'));
local corpus(part) = datnet.corpus(part.folder, part.vectors, part.entity_types);
local source = corpus(given.source);
local target = corpus(given.target);
// Vectors of two languages are brought into one space.
local space = if given.source.vectors == given.target.vectors then {} else datnet.aligned;
local models = { Base: datnet.base(target), 'DATNet-F': datnet.datnet_f(target, source) + space };

experiment.grid(
  { model: ['Base', 'DATNet-F'], size: given.sizes, pair: std.range(1, given.samples) },
  function(levels) {
    config: models[levels.model] + datnet.few(levels.size, levels.pair),
    // Each sample of a size is trained with a seed of its own.
    seed: levels.pair,
    evaluate: {
      dev: { path: target.dev },
      [if given.has_test then 'test']: { path: target.test },
    },
  },
) + {
  name: 'learning_curve',
  baseline: { model: 'Base' },
  report: if given.has_test then {} else {
    metric: 'best_dev_f1',
    note: 'There is no test set. The dev set chose the checkpoint too, so F1 is a little too high.',
  },
}
