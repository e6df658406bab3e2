// What is text without tags worth? WNUT-2016 with 100 sentences; the other 2,294 of its training set
// without their tags are read by no one, by the discriminator (GRAD), by virtual adversarial training
// (VAT), or by both. 21 trainings. An epoch of VAT alone has 144 batches without tags at about 0.1 s of
// one core, timed once and roughly: some 20 s, so about 15 minutes a training, and a third of that
// without VAT.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local read = datnet.unlabelled_rest;
local attacked = read + datnet.virtual(['unlabelled']);
local texts = {
  Base: { none: {}, VAT: attacked },
  'F-Transfer': { none: {}, VAT: attacked },
  'F-Transfer + GRAD': { none: {}, GRAD: read, both: attacked },
};

experiment.grid(
  {
    model: ['Base', 'F-Transfer', 'F-Transfer + GRAD'],
    text: ['none', 'GRAD', 'VAT', 'both'],
    size: [100],
    pair: [1, 2, 3],
  },
  function(levels)
    if std.objectHas(texts[levels.model], levels.text) then
      experiment.model(
        levels.model,
        datnet.wnut16,
        experiment.few(levels.size, levels.pair) + texts[levels.model][levels.text]
      ) { seed: levels.pair },
  order=['pair', 'size', 'model', 'text'],
) + {
  name: 'unlabelled_wnut16',
  baseline: { text: 'none' },
  report: {
    rows: ['model', 'text'],
    contrasts: [
      { factor: 'text', of: text, against: 'none' }
      for text in ['GRAD', 'VAT', 'both']
    ],
  },
}
