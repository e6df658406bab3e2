// AllenNLP's own tagger with the dimensions of the paper's base model, and its defaults elsewhere.
// `ROOT` is the folder of this repository.
local data = std.extVar('ROOT') + '/data/';

{
  dataset_reader: {
    type: 'two_columns',
    token_indexers: {
      tokens: { type: 'single_id', lowercase_tokens: true },
      token_characters: { type: 'characters', min_padding_length: 4 },
    },
  },
  train_data_path: data + 'wnut2017/train.conll',
  validation_data_path: data + 'wnut2017/dev.conll',
  model: {
    type: 'crf_tagger',
    label_encoding: 'BIOUL',
    text_field_embedder: {
      token_embedders: {
        tokens: {
          type: 'embedding',
          embedding_dim: 50,
          pretrained_file: data + 'embeddings/en.50d.txt.gz',
          trainable: false,
        },
        token_characters: {
          type: 'character_encoding',
          embedding: { embedding_dim: 30 },
          encoder: { type: 'cnn', embedding_dim: 30, num_filters: 20, ngram_filter_sizes: [2, 3, 4] },
        },
      },
    },
    encoder: { type: 'lstm', input_size: 110, hidden_size: 200, bidirectional: true },
    dropout: 0.5,
  },
  data_loader: { batch_sampler: { type: 'bucket', batch_size: 16, sorting_keys: ['tokens'] } },
  trainer: {
    optimizer: { type: 'adam', lr: 0.001 },
    grad_norm: 5.0,
    num_epochs: 1,
    validation_metric: '+f1-measure-overall',
  },
}
