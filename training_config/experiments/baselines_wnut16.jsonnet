// What a practitioner would try first with few sentences of WNUT-2016: AllenNLP's own crf_tagger on
// them alone, and training on the source, then on them. The latter starts from the run
//   allennlp train training_config/source_wnut16.jsonnet -s data/models/source_wnut16
// which has to be there. The base model and F-Transfer are cells of table3_wnut16 too.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local target = datnet.wnut16;

// The model is AllenNLP's, with its defaults and our dimensions; data, batches and trainer are ours.
// Its words have vectors if training or dev holds them, as is its default.
local stock = datnet.base(target) + {
  local chosen = self.settings,
  dataset_reader+: {
    readers+: {
      target+: {
        token_indexers+: {
          words: { type: 'single_id', namespace: 'target_tokens', lowercase_tokens: true },
          characters+: { min_padding_length: std.foldl(std.max, chosen.kernel_sizes, 1) },
        },
      },
    },
  },
  datasets_for_vocab_creation: ['train', 'validation'],
  model: {
    type: 'crf_tagger',
    label_namespace: 'target_tags',
    label_encoding: chosen.coding,
    calculate_span_f1: true,
    text_field_embedder: {
      token_embedders: {
        words: {
          type: 'embedding',
          vocab_namespace: 'target_tokens',
          embedding_dim: 50,
          pretrained_file: target.vectors,
          trainable: false,
        },
        characters: {
          type: 'character_encoding',
          embedding: { embedding_dim: chosen.char_dim, vocab_namespace: 'characters' },
          encoder: {
            type: 'cnn',
            embedding_dim: chosen.char_dim,
            num_filters: chosen.num_filters,
            ngram_filter_sizes: chosen.kernel_sizes,
          },
        },
      },
    },
    encoder: {
      type: 'lstm',
      input_size: 50 + chosen.num_filters * std.length(chosen.kernel_sizes),
      hidden_size: chosen.hidden_size,
      bidirectional: true,
    },
    dropout: chosen.encoding_dropout,
  },
};
local fine_tuned = datnet.fine_tuned(target, 'data/models/source_wnut16');

experiment.grid(
  {
    model: ['crf_tagger', 'Base', 'Fine-tuned', 'F-Transfer'],
    size: [10, 50, 100, 200],
    pair: [1, 2, 3, 4, 5],
  },
  function(levels)
    local few = experiment.few(levels.size, levels.pair);
    (
      if levels.model == 'crf_tagger'
      then { config: stock + few, evaluate: experiment.evaluate(target) }
      else if levels.model == 'Fine-tuned'
      then { config: fine_tuned + few, evaluate: experiment.evaluate(target, datnet.conll2003) }
      else experiment.model(levels.model, target, few)
    ) { seed: levels.pair },
  order=['pair', 'size', 'model'],
) + {
  name: 'baselines_wnut16',
  baseline: { model: 'Base' },
}
