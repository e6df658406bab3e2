// DATNet-F on the fixtures. Copy this file to train on a target and a source of your own.
local datnet = import 'datnet.libsonnet';
local vectors = 'fixtures/embeddings/en.50d.txt.gz';
local target = datnet.corpus('fixtures/target', vectors, [
  'corporation', 'creative-work', 'group', 'location', 'person', 'product',
]);
local source = datnet.corpus('fixtures/source', vectors, ['LOC', 'MISC', 'ORG', 'PER']);

datnet.datnet_f(target, source) + {
  data_loader+: { batch_sampler+: { rates: { source: 1.0, target: 3.0 } } },
  // Here the source is as small as the target, so it gets the same weight.
  model+: { discriminator+: { alpha: 0.5 } },
  trainer+: { num_epochs: 40 },
}
