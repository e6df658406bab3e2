// What the configurations of the paper share. A configuration is one of the variants at the end,
// applied to a corpus: see `datnet_f_wnut17.jsonnet`. `data/` is filled by `allennlp prepare-data`.

// A folder with {train,dev}.conll, the file of its word vectors and all of its entity types. The
// paper also trains WNUT-2016 on its dev set, but here dev chooses the checkpoint; a list of files
// as `train` gives the paper's setting.
local corpus(folder, vectors, entity_types) = {
  train: folder + '/train.conll',
  dev: folder + '/dev.conll',
  vectors: vectors,
  entity_types: entity_types,
};
local english = 'data/embeddings/en.50d.txt.gz';
local conll_types = ['LOC', 'MISC', 'ORG', 'PER'];
local corpora = {
  conll2003: corpus('data/conll2003', english, conll_types),
  conll2002_es: corpus('data/conll2002_es', 'data/embeddings/es.50d.txt.gz', conll_types),
  conll2002_nl: corpus('data/conll2002_nl', 'data/embeddings/nl.50d.txt.gz', conll_types),
  wnut16: corpus('data/wnut2016', english, [
    'company', 'facility', 'geo-loc', 'movie', 'musicartist', 'other', 'person', 'product',
    'sportsteam', 'tvshow',
  ]),
  wnut17: corpus('data/wnut2017', english, [
    'corporation', 'creative-work', 'group', 'location', 'person', 'product',
  ]),
};

local word_dim = 50;
local char_dim = 30;
local num_filters = 20;
local kernel_sizes = [2, 3, 4];
local input_dim = word_dim + num_filters * std.length(kernel_sizes);
local bilstm(hidden_size) = { type: 'bilstm', input_size: input_dim, hidden_size: hidden_size };

local tokens(resource) = resource + '_tokens';
local tags(resource) = resource + '_tags';
local by(resources, value) = { [resource]: value(resource) for resource in std.objectFields(resources) };

local reader(resource, corpus) = {
  type: 'conll_columns',
  token_indexers: {
    words: {
      type: 'word_vectors',
      namespace: tokens(resource),
      // One vector for all casings of a word: tuned on dev, see results/first_runs.md.
      lookup: { type: 'fallback', order: ['lowercase', 'exact', 'class'] },
    },
    characters: { type: 'characters', namespace: 'characters', min_padding_length: 1 },
  },
  tag_namespace: tags(resource),
  coding: 'BIOUL',
  entity_types: corpus.entity_types,
  tokenizer: 'tweet',
};

// `resources` maps each resource to its corpus; the target's scores choose the checkpoint.
local base(resources) = {
  local readers = by(resources, function(r) reader(r, resources[r])),
  dataset_reader: { type: 'multi_resource', readers: readers },
  validation_dataset_reader: { type: 'multi_resource', readers: readers },
  train_data_path: by(resources, function(r) resources[r].train),
  validation_data_path: { target: resources.target.dev },

  datasets_for_vocab_creation: ['train'],
  vocabulary: {
    // All words that have a vector, whether training holds them or not, and no others.
    pretrained_files: { [tokens(r)]: resources[r].vectors for r in std.objectFields(resources) },
    min_pretrained_embeddings: { [tokens(r)]: -1 for r in std.objectFields(resources) },
    only_include_pretrained_words: true,
    // All tags, for a small sample of a corpus may lack some.
    tokens_to_add: {
      [tags(r)]: ['O'] + [
        '%s-%s' % [prefix, type]
        for type in resources[r].entity_types
        for prefix in ['B', 'I', 'L', 'U']
      ]
      for r in std.objectFields(resources)
    },
  },

  model: {
    type: 'datnet_tagger',
    tag_namespaces: by(resources, tags),
    label_encoding: 'BIOUL',
    text_field_embedder: {
      type: 'per_resource',
      per_resource: by(resources, function(r) {
        type: 'word_vectors',
        vocab_namespace: tokens(r),
        embedding_dim: word_dim,
        pretrained_file: resources[r].vectors,
        // Tuned on dev too.
        standard_deviation: 1.0,
      }),
      shared: {
        characters: {
          type: 'word_characters',
          embedding: { embedding_dim: char_dim, vocab_namespace: 'characters', padding_index: 0 },
          encoder: {
            type: 'character_cnn',
            embedding_dim: char_dim,
            num_filters: num_filters,
            kernel_sizes: kernel_sizes,
          },
        },
      },
      dropout: 0.2,
    },
    encoder: { type: 'shared', shared: bilstm(200) },
    dropout: 0.5,
  },

  data_loader: { batch_sampler: { type: 'resource_bucket', batch_size: 16 } },
  validation_data_loader: { batch_sampler: { type: 'bucket', batch_size: 128, sorting_keys: ['tokens'] } },
  trainer: {
    optimizer: { type: 'fused_adam', lr: 0.001 },
    learning_rate_scheduler: { type: 'inverse_time_decay', rho: 0.05 },
    grad_norm: 5.0,
    num_epochs: 50,
    patience: 15,
    validation_metric: '+f1-measure-overall',
    checkpointer: { keep_most_recent_by_count: 1 },
  },

  random_seed: 13370,
  numpy_seed: 1337,
  pytorch_seed: 133,
};

// Adversarial training (section 3.5). The paper's bound is 5.0 for its vectors; `epsilon` is relative
// to the length of the vectors here, and tuned on dev.
local at(resources) = {
  epsilon:: 0.05,
  trainer+: {
    callbacks: [{
      type: 'adversarial_training',
      epsilon: {
        [module]: { type: 'relative', epsilon: $.epsilon }
        for module in
          ['text_field_embedder.per_resource.' + r for r in std.objectFields(resources)]
          + ['text_field_embedder.shared.characters.embedding']
      },
      warmup_steps: 500,
    }],
  },
};

// DATNet-F's encoder is the skeleton's own; DATNet-P's (section 3.2) is this.
local shared_private(resources) = {
  model+: {
    encoder: {
      type: 'shared_private',
      shared: bilstm(100),
      private: by(resources, function(r) bilstm(100)),
    },
  },
};

// The Generalized Resource-Adversarial Discriminator (section 3.3).
local grad = {
  model+: {
    discriminator: { type: 'grad', alpha: 0.25, gamma: 2.0 },
    gradient_reversal: { type: 'constant', rate: 0.7 },
  },
};

// How the resources are mixed: tuned on dev, see results/first_runs.md.
local mixing = {
  data_loader+: { batch_sampler+: { rates: { source: 0.3, target: 1.0 } } },
};

// The paper's extremely low-resource setting (section 4.4): a random sample of the target's
// sentences, gone through so often that an epoch is worth evaluating.
local few(num_sentences, seed=1) = {
  dataset_reader+: { readers+: { target+: { max_sentences: num_sentences, sample_seed: seed } } },
  data_loader+: { batch_sampler+: { rates+: { target: 500.0 / num_sentences } } },
};

local english_news = corpora.conll2003;
corpora {
  corpus: corpus,
  few: few,

  base(target): base({ target: target }),
  base_at(target): self.base(target) + at({ target: target }),
  f_transfer(target, source=english_news): base({ source: source, target: target }) + mixing,
  p_transfer(target, source=english_news):
    self.f_transfer(target, source) + shared_private({ source: source, target: target }),
  datnet_f(target, source=english_news):
    self.f_transfer(target, source) + grad + at({ source: source, target: target }),
  datnet_p(target, source=english_news):
    self.p_transfer(target, source) + grad + at({ source: source, target: target }),
}
