// What the configurations of the paper share. A configuration is one of the variants at the end,
// applied to a corpus, and whatever is added to it: see `datnet_f_wnut17.jsonnet`. `data/` is filled
// by `allennlp prepare-data`.

// Each value that may be set stands here, once. "Paper" is Zhou et al. (2019); "authors" is their
// published code, where the paper is silent; "tuned" is on dev, see results/README.md.
local settings = {
  coding: 'BIO',  // tuned; authors: BIOUL

  // One vector for all casings of a word.
  lookup: ['lowercase', 'exact', 'class'],  // tuned
  // Of the word vectors' values, which are multiplied by one factor; null leaves them as they are.
  standard_deviation: 1.0,  // tuned
  // Of embeddings that are trained, for corpora without vectors; vectors have their file's width.
  trained_dim: 50,  // as wide as the paper's vectors
  char_dim: 30,  // paper, section 4.2
  num_filters: 20,  // paper, section 4.2
  kernel_sizes: [2, 3, 4],  // authors

  // Units of an LSTM in each direction.
  hidden_size: 200,  // paper, section 4.2
  private_size: 50,  // tuned; paper, section 4.2: 100 (DATNet-P's private LSTMs)
  shared_size: 150,  // tuned; paper, section 4.2: 100 (DATNet-P's shared LSTM)
  embedding_dropout: 0.2,  // authors
  encoding_dropout: 0.5,  // authors

  // GRAD (section 3.3).
  alpha: 0.25,  // authors; paper, table 5: it grows with the share of target data
  gamma: 2.0,  // paper, section 3.3
  reversal_rate: 2.0,  // tuned; authors: 0.7, with an attention that sums over the tokens
  // Of the plain discriminator, AD.
  ad_reversal_rate: 0.7,  // tuned; authors

  // AT (section 3.5): the length of a perturbation.
  bound: { type: 'relative', epsilon: 0.05 },  // tuned
  warmup_steps: 0,  // paper

  batch_size: 16,  // authors
  // How often an epoch goes through each resource.
  source_rate: 0.3,  // tuned
  target_rate: 1.0,  // tuned
  unlabelled_rate: 1.0,  // not tuned
  // Sentences of a few that an epoch holds, so that it is worth evaluating.
  sentences_of_few: 500.0,  // tuned

  learning_rate: 0.001,  // paper, section 4.2
  decay: 0.05,  // paper, section 4.2
  // Neither the clean nor the adversarial loss alone reaches it at most steps.
  clip: 10.0,  // tuned; paper, section 4.2: 5.0
  num_epochs: 100,  // tuned; authors: 50
  patience: 15,  // tuned
};

// A folder with {train,dev,test}.conll, the file of its word vectors (null: embeddings of the words
// of training are trained instead) and all of its entity types.
// The paper also trains WNUT-2016 on its dev set, but here dev chooses the checkpoint; a list of
// files as `train` gives the paper's setting.
local corpus(folder, vectors, entity_types) = {
  train: folder + '/train.conll',
  dev: folder + '/dev.conll',
  test: folder + '/test.conll',
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

local tokens(resource) = resource + '_tokens';
local tags(resource) = resource + '_tags';
local sources(resources) = std.filter(function(r) r != 'target', std.objectFields(resources));
local by(resources, value) = { [resource]: value(resource) for resource in std.objectFields(resources) };

local characters_embedding = 'text_field_embedder.shared.characters.embedding';
// Of the words of training, for corpora without vectors.
local trained_words(namespace, dim) = {
  type: 'embedding',
  vocab_namespace: namespace,
  embedding_dim: dim,
  padding_index: 0,
};

// `resources` maps each resource to its corpus; the target's scores choose the checkpoint.
local base(resources) = {
  settings:: settings,
  local chosen = self.settings,
  corpora:: resources,
  // The embeddings that attacks move (section 3.5).
  attacked::
    ['text_field_embedder.per_resource.' + r for r in std.objectFields(resources)]
    + [characters_embedding],

  dataset_reader: {
    type: 'multi_resource',
    // The one place for the coding of the tags; the model is told by the tags.
    coding: chosen.coding,
    readers: by(resources, function(r) {
      type: 'conll_columns',
      token_indexers: {
        words: if resources[r].vectors == null then {
          type: 'single_id',
          namespace: tokens(r),
          lowercase_tokens: true,
        } else {
          type: 'word_vectors',
          namespace: tokens(r),
          lookup: { type: 'fallback', order: chosen.lookup },
        },
        characters: { type: 'characters', namespace: 'characters', min_padding_length: 1 },
      },
      tag_namespace: tags(r),
      entity_types: resources[r].entity_types,
      tokenizer: 'tweet',
    }),
  },
  train_data_path: by(resources, function(r) resources[r].train),
  validation_data_path: { target: resources.target.dev },

  datasets_for_vocab_creation: ['train'],

  model: {
    type: 'datnet_tagger',
    tag_namespaces: by(resources, tags),
    text_field_embedder: {
      type: 'per_resource',
      per_resource: by(resources, function(r) if resources[r].vectors == null then
        trained_words(tokens(r), chosen.trained_dim)
      else {
        type: 'word_vectors',
        vocab_namespace: tokens(r),
        pretrained_file: resources[r].vectors,
        standard_deviation: chosen.standard_deviation,
      }),
      shared: {
        characters: {
          type: 'word_characters',
          embedding: {
            embedding_dim: chosen.char_dim,
            vocab_namespace: 'characters',
            padding_index: 0,
          },
          encoder: {
            type: 'character_cnn',
            num_filters: chosen.num_filters,
            kernel_sizes: chosen.kernel_sizes,
          },
        },
      },
      dropout: chosen.embedding_dropout,
    },
    // DATNet-F's encoder (section 3.2); its input is as wide as the embeddings.
    encoder: { type: 'shared', shared: { type: 'bilstm', hidden_size: chosen.hidden_size } },
    dropout: chosen.encoding_dropout,
  },

  data_loader: {
    type: 'ordered',
    batch_sampler: { type: 'resource_bucket', batch_size: chosen.batch_size },
  },
  validation_data_loader: {
    type: 'ordered',
    batch_sampler: { type: 'bucket', batch_size: 128, sorting_keys: ['tokens'] },
  },
  trainer: {
    // Ends the same, killed or not.
    type: 'recoverable',
    optimizer: { type: 'fused_adam', lr: chosen.learning_rate },
    learning_rate_scheduler: { type: 'inverse_time_decay', rho: chosen.decay },
    grad_norm: chosen.clip,
    num_epochs: chosen.num_epochs,
    patience: chosen.patience,
    validation_metric: '+f1-measure-overall',
    checkpointer: { type: 'durable' },
    callbacks: [{ type: 'finite_loss' }, { type: 'progress_lines' }],
  },

  random_seed: 13370,
  numpy_seed: 1337,
  pytorch_seed: 133,
};

// How the resources are mixed.
local mixing = {
  local chosen = self.settings,
  data_loader+: {
    batch_sampler+: {
      rates: { [r]: chosen.source_rate for r in sources($.corpora) } + { target: chosen.target_rate },
    },
  },
};

// DATNet-P's encoder (section 3.2).
local shared_private = {
  local chosen = self.settings,
  model+: {
    encoder: {
      type: 'shared_private',
      shared: { type: 'bilstm', hidden_size: chosen.shared_size },
      private: by($.corpora, function(r) { type: 'bilstm', hidden_size: chosen.private_size }),
    },
  },
};
local architectures = { F: {}, P: shared_private };

local discriminators = {
  // The plain adversarial discriminator (section 4.5).
  AD: {
    local chosen = self.settings,
    model+: {
      discriminator: { type: 'cross_entropy' },
      gradient_reversal: { type: 'constant', rate: chosen.ad_reversal_rate },
    },
  },
  // The Generalized Resource-Adversarial Discriminator (section 3.3).
  GRAD: {
    local chosen = self.settings,
    model+: {
      discriminator: { type: 'grad', alpha: chosen.alpha, gamma: chosen.gamma },
      gradient_reversal: { type: 'constant', rate: chosen.reversal_rate },
    },
  },
};

// Of the embeddings that attacks move, each with the bound.
local each_with(modules, bound) = { [module]: bound for module in modules };

// Adversarial training (section 3.5).
local at = {
  local chosen = self.settings,
  trainer+: {
    callbacks: [{
      type: 'adversarial_training',
      epsilon: each_with($.attacked, chosen.bound),
      warmup_steps: chosen.warmup_steps,
    }] + super.callbacks,
  },
};

// The 14 models of table 4: `architecture` is null (the base model), 'F' or 'P', `discriminator`
// null, 'AD' or 'GRAD', `with_at` true or false. `source` is a corpus, or several by name:
// `{ news: datnet.conll2003, dutch: datnet.conll2002_nl }`.
local combination(target, architecture=null, discriminator=null, with_at=false, source=corpora.conll2003) =
  local is_corpus(value) = std.isObject(value) && std.objectHas(value, 'entity_types');
  local by_name = if is_corpus(source) then { source: source } else source;
  assert std.isObject(by_name) && std.all(std.map(is_corpus, std.objectValues(by_name))) :
         'found a source that is no corpus, expected one with entity_types, or several by name';
  assert !std.objectHas(by_name, 'target') : "a source is named 'target', expected another name";
  assert architecture == null || by_name != {} : 'found no source, expected at least one';
  assert is_corpus(target) :
         'found a target that is no corpus, expected one such as datnet.wnut17';
  assert architecture == null || std.objectHas(architectures, architecture) :
         'found the architecture %s, expected null or one of %s'
         % [architecture, std.objectFields(architectures)];
  assert discriminator == null || std.objectHas(discriminators, discriminator) :
         'found the discriminator %s, expected null or one of %s'
         % [discriminator, std.objectFields(discriminators)];
  (if architecture == null then base({ target: target })
   else base(by_name { target: target }) + mixing + architectures[architecture])
  + (if discriminator == null then {} else discriminators[discriminator])
  + (if with_at then at else {});

// A data path as the mapping that says which of its sentences are used, see `CorpusPart`.
local as_mapping(path) = if std.isObject(path) then path else { path: path };
local sampled(keys) = {
  local train = as_mapping(super.train_data_path.target),
  train_data_path+: { target: train + keys },
};

// Adds a resource without tags, text of the target that `reader` reads from `path`: the
// discriminator alone learns from it.
local unlabelled(reader, path) = {
  local chosen = self.settings,
  local of_target = self.dataset_reader.readers.target,
  local train = as_mapping(super.train_data_path.target),
  dataset_reader+: {
    readers+: {
      unlabelled: {
        token_indexers: of_target.token_indexers,
        tokenizer: of_target.tokenizer,
      } + reader,
    },
  },
  train_data_path+: { unlabelled: if path == null then train { complement: true, part:: null } else path },
  model+: { unlabelled: { unlabelled: 'target' } },
  data_loader+: { batch_sampler+: { rates+: { unlabelled: chosen.unlabelled_rate } } },
};

corpora {
  corpus: corpus,
  combination: combination,

  base(target): combination(target),
  base_at(target): combination(target, with_at=true),
  f_transfer(target, source=corpora.conll2003): combination(target, 'F', source=source),
  p_transfer(target, source=corpora.conll2003): combination(target, 'P', source=source),
  datnet_f(target, source=corpora.conll2003): combination(target, 'F', 'GRAD', true, source),
  datnet_p(target, source=corpora.conll2003): combination(target, 'P', 'GRAD', true, source),

  // What practitioners try first: F-Transfer's network trained on the source alone, and then, from
  // the folder of that run, on the target alone.
  source_alone(target, source=corpora.conll2003): self.f_transfer(target, source) + {
    // It tags the source's text; the target's part of it has learned nothing yet.
    dataset_reader+: { target: 'source' },
    validation_data_path: { source: source.dev },
    data_loader+: { batch_sampler+: { rates: { source: 1.0, target: 0.0 } } },
    trainer+: { validation_metric: '+source/f1-measure-overall' },
  },
  fine_tuned(target, folder, source=corpora.conll2003): self.f_transfer(target, source) + {
    vocabulary: { type: 'from_files', directory: folder + '/vocabulary' },
    model+: {
      initializer: { regexes: [['', { type: 'pretrained', weights_file_path: folder + '/best.th' }]] },
    },
    data_loader+: { batch_sampler+: { rates+: { source: 0.0 } } },
  },

  // What may be added to any of them, `datnet.datnet_f(datnet.wnut17) + datnet.few(100)` for example.

  // Any of the settings at the top: `datnet.with({ alpha: 0.5 })`.
  with(values): {
    local unknown = [name for name in std.objectFields(values) if !std.objectHas(settings, name)],
    settings+::
      if unknown == [] then values
      else error 'datnet.with: found %s, expected some of %s' % [unknown, std.objectFields(settings)],
  },
  coding(name): self.with({ coding: name }),
  seed(number): { random_seed: number, numpy_seed: number, pytorch_seed: number },

  // The paper's extremely low-resource setting (section 4.4): a random sample of the target's
  // sentences, gone through so often that an epoch is worth evaluating.
  few(num_sentences, seed=1): sampled({ max_sentences: num_sentences, sample_seed: seed }) + {
    assert std.isNumber(num_sentences) && num_sentences > 0 :
           'datnet.few: found %s, expected a number of sentences, 1 or more'
           % std.manifestJsonMinified(num_sentences),
    local chosen = self.settings,
    data_loader+: {
      batch_sampler+: { rates+: { target: chosen.sentences_of_few / num_sentences } },
    },
  },
  // The paper's target data ratio (figure 2, tables 5 and 6).
  fraction(share, seed=1): sampled({ fraction: share, sample_seed: seed }),

  // The dev set is a share of the target's training sentences, those that `few` or `fraction`
  // before it leaves, and training has the rest.
  held_out(share=0.2, seed=1): {
    local train = as_mapping(super.train_data_path.target),
    local part(take) = train { part: { share: share, take: take, seed: seed } },
    train_data_path+: { target: part('rest') },
    validation_data_path: { target: part('held_out') },
  },
  // No dev set: so many epochs, and the last one's weights.
  fixed_epochs(number): self.with({ num_epochs: number, patience: null }) + {
    validation_data_path: null,
  },

  // How the resources are mixed: in proportion to their sizes to the power of 1 / temperature.
  temperature(value): { data_loader+: { batch_sampler+: { rates:: null, temperature: value } } },
  // Text of the target's kind, a sentence a line, that the discriminator reads too.
  unlabelled(path): unlabelled({ type: 'raw_text' }, path),
  // The same of the target's own training sentences that `few` or `fraction` before it leave out.
  unlabelled_rest: unlabelled({ type: 'conll_columns', tag_column: null }, null),

  // One space for the vectors of all resources: each is rotated into that of the source. The paper
  // does without.
  aligned: {
    local resources = self.corpora,
    local source = (sources(resources) + [error 'datnet.aligned: found no source, expected one'])[0],
    model+: {
      text_field_embedder+: {
        alignment: {
          [r]: { type: 'procrustes', towards: source }
          for r in std.objectFields(resources)
          if r != source
        },
      },
    },
  },

  // One trained embedding of the words for all resources, in place of one for each: for corpora of one
  // language and without vectors.
  shared_words: {
    local chosen = self.settings,
    local resources = self.corpora,
    local with_vectors = [r for r in std.objectFields(resources) if resources[r].vectors != null],
    assert with_vectors == [] :
           'datnet.shared_words: found word vectors of %s, expected corpora without' % [with_vectors],
    assert std.length(resources) > 1 : 'datnet.shared_words: found one resource, expected several',
    attacked:: ['text_field_embedder.shared.words', characters_embedding],
    dataset_reader+: {
      readers+: {
        [r]+: { token_indexers+: { words+: { namespace: 'tokens' } } }
        for r in std.objectFields(resources)
      },
    },
    model+: {
      text_field_embedder+: {
        per_resource: {},
        shared+: { words: trained_words('tokens', chosen.trained_dim) },
      },
    },
  },

  // Section 4.2 to the letter, and the authors' code where the paper leaves open what it did.
  paper: self.with({
    coding: 'BIOUL',  // open
    standard_deviation: null,  // open: nothing is said of scaling the vectors
    char_dim: 30,
    num_filters: 20,
    hidden_size: 200,
    private_size: 100,
    shared_size: 100,
    gamma: 2.0,  // section 3.3
    alpha: 0.25,  // open: table 5 has its best between 0.2 and 0.35, for Spanish
    reversal_rate: 0.7,  // open
    bound: { type: 'absolute', epsilon: 5.0 },  // section 4.5
    warmup_steps: 0,
    batch_size: 16,  // open
    learning_rate: 0.001,
    decay: 0.05,
    clip: 5.0,
    num_epochs: 50,  // open
    patience: null,  // open
  }),

  // Virtual adversarial training (Miyato et al., 2018), which needs no tags, on the sentences of some
  // resources; null is all. The paper does without. The bound is tuned: beside few sentences with tags,
  // 0.3 on many without halves F1.
  virtual(resources=null, bound={ type: 'relative', epsilon: 0.05 }): {
    local modules = self.attacked,
    local is_at(callback) = callback.type == 'adversarial_training',
    trainer+: {
      callbacks:
        std.filter(is_at, super.callbacks)
        + [{
          type: 'virtual_adversarial_training',
          epsilon: each_with(modules, bound),
          [if resources != null then 'resources']: resources,
        }]
        + std.filter(function(callback) !is_at(callback), super.callbacks),
    },
  },
}
