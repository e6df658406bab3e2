// Do sources in other languages help beside English? WNUT-2016 with 100 sentences, with CoNLL-2003
// English as the source, or with CoNLL-2002 Spanish and Dutch as well. 12 trainings; 5 to 15 minutes
// each on one core, an estimate from the number of batches.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local target = datnet.wnut16;
local sources = {
  en: datnet.conll2003,
  'en, es, nl': { en: datnet.conll2003, es: datnet.conll2002_es, nl: datnet.conll2002_nl },
};

experiment.grid(
  {
    model: ['F-Transfer', 'DATNet-F'],
    sources: std.objectFields(sources),
    size: [100],
    pair: [1, 2, 3],
  },
  function(levels)
    experiment.model(
      levels.model, target, experiment.few(levels.size, levels.pair), sources[levels.sources]
    ) { seed: levels.pair, evaluate: experiment.evaluate(target) },
  order=['pair', 'size', 'model', 'sources'],
) + {
  name: 'languages_wnut16',
  baseline: { sources: 'en' },
  report: {
    rows: ['model', 'sources'],
    contrasts: [{ factor: 'sources', of: 'en, es, nl', against: 'en' }],
  },
}
