// A pretrained transformer for a configuration of `datnet.libsonnet`:
//     datnet.datnet_f(datnet.wnut17) + transformer.alone(std.extVar('MODEL'))
// `name` is a folder or a name on the Hugging Face hub. All resources share the transformer, and it is
// fine-tuned with a learning rate of its own; `-o` with
// `{"model.text_field_embedder.shared.<key>.train_parameters": false}` keeps it as it is, with
// `last_layer_only` false it mixes its layers. <key> is `words` or `pieces`.

local learning_rate = 0.0001;  // the rest learns at that of the configuration, 0.001
// What the transformer takes at once; a longer sentence is read in windows and never cut.
local max_length = 512;
// Of a batch, word pieces with padding.
local max_tokens = 2048;
local max_validation_tokens = 8192;
// Fine-tuning settles within ten epochs: on WNUT-2016 with 100 sentences, pair 1, Base is at 29.8 on dev
// after 7 of them and at 30.1 after 14.
local patience = 5;

local part(name) = {
  type: 'pretrained_transformer_mismatched',
  model_name: name,
  max_length: max_length,
};

// Adds an indexer and an embedder for all resources, whose output attacks move as well.
local embedder(key, name) = {
  local readers = super.dataset_reader.readers,
  attacked+:: ['text_field_embedder.shared.' + key],
  settings+:: { patience: if super.patience == null then null else patience },
  dataset_reader+: {
    readers: {
      [resource]: readers[resource] { token_indexers+: { [key]: part(name) } }
      for resource in std.objectFields(readers)
    },
  },
  model+: { text_field_embedder+: { shared+: { [key]: part(name) } } },
  data_loader+: { batch_sampler+: { max_tokens: max_tokens } },
  validation_data_loader: {
    batch_sampler: {
      type: 'resource_bucket',
      batch_size: 128,
      max_tokens: max_validation_tokens,
    },
  },
  trainer+: {
    optimizer+: { parameter_groups: [[['transformer_model'], { lr: learning_rate }]] },
  },
};

// Takes word vectors and characters away, and what refers to them.
local without_words = {
  local readers = super.dataset_reader.readers,
  attacked:: [],
  dataset_reader+: {
    readers: {
      [resource]: readers[resource] { token_indexers: {} }
      for resource in std.objectFields(readers)
    },
  },
  vocabulary: {},
  model+: { text_field_embedder+: { per_resource: {}, shared: {} } },
};

{
  // In place of word vectors and characters.
  alone(name): without_words + embedder('words', name),
  // Beside them.
  beside(name): embedder('pieces', name),
}
