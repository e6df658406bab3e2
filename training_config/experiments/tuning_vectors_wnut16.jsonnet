// Which of two files of word vectors serves few target sentences better, on dev alone and on samples
// that no table uses (101 and up); the other settings are the defaults.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';

local files = {
  'en of running text': 'data/embeddings/en.50d.txt.gz',
  'en_minilm of a language model': 'data/embeddings/en_minilm.50d.txt.gz',
};

experiment.grid(
  { model: ['Base', 'F-Transfer'], vectors: std.objectFields(files), size: [50, 100], sample: [101, 102] },
  function(levels)
    local target = datnet.wnut16 { vectors: files[levels.vectors] };
    local source = datnet.conll2003 { vectors: files[levels.vectors] };
    {
      config: experiment.model(levels.model, target, experiment.few(levels.size, levels.sample), source).config,
      seed: levels.sample,
      evaluate: { dev: { resource: 'target', path: target.dev } },
    },
  order=['sample', 'size', 'model', 'vectors'],
) + {
  name: 'tuning_vectors_wnut16',
  baseline: { vectors: 'en of running text' },
  report: { rows: ['model', 'vectors'], trials_over: ['vectors'] },
}
