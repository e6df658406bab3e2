// What the specifications of experiments share; `allennlp experiment` runs them. A specification is
//   experiment.grid({ model: [...], size: [...] }, function(levels) { config: ..., seed: ... })
// with a `name` if it is not the file's, and a `baseline`. Several grids over the same factors can be
// joined: { factors: ..., cells: a.cells + b.cells }.

local datnet = import '../datnet.libsonnet';

// All combinations of levels as objects {factor: level}; the last factor changes fastest.
local product(factors, order) = std.foldl(
  function(rows, factor) [
    row { [factor]: level }
    for row in rows
    for level in factors[factor]
  ],
  order,
  [{}]
);

// The models of Table 4 by their names in it: architecture, discriminator, AT.
local combinations = {
  Base: [null, null, false],
  'Base + AT': [null, null, true],
} + std.foldl(
  function(models, letter) models {
    [letter + '-Transfer']: [letter, null, false],
    [letter + '-Transfer + AT']: [letter, null, true],
    [letter + '-Transfer + AD']: [letter, 'AD', false],
    [letter + '-Transfer + AD + AT']: [letter, 'AD', true],
    [letter + '-Transfer + GRAD']: [letter, 'GRAD', false],
    ['DATNet-' + letter]: [letter, 'GRAD', true],
  },
  ['P', 'F'],
  {}
);

{
  // The cells of all combinations of levels. `cell` makes what a cell holds beside its factors
  // (`config`, `overrides`, `seed`, `evaluate`, ...) from {factor: level}; null leaves it out. They
  // are run in the `order` of the factors, the last of which changes fastest.
  grid(factors, cell, order=std.objectFields(factors)): {
    factors: factors,
    cells: [
      { factors: levels } + cell(levels)
      for levels in product(factors, order)
      if cell(levels) != null
    ],
  },

  // Part of a grid: those of its cells whose levels are among these. `note` says what is left out.
  restrict(grid, name, levels, note): grid {
    name: name,
    factors+: levels,
    cells: [
      cell
      for cell in grid.cells
      if std.all([std.member(levels[factor], cell.factors[factor]) for factor in std.objectFields(levels)])
    ],
    report+: { note: note },
  },

  // Of Table 4 in its order, and those of Table 3.
  table4: [
    'Base',
    'Base + AT',
    'P-Transfer',
    'P-Transfer + AT',
    'P-Transfer + AD',
    'P-Transfer + AD + AT',
    'P-Transfer + GRAD',
    'DATNet-P',
    'F-Transfer',
    'F-Transfer + AT',
    'F-Transfer + AD',
    'F-Transfer + AD + AT',
    'F-Transfer + GRAD',
    'DATNet-F',
  ],
  table3: ['Base', 'Base + AT', 'P-Transfer', 'F-Transfer', 'DATNet-P', 'DATNet-F'],

  // A model by its name in Table 4, its evaluation with it; `changes` are added to its configuration.
  model(name, target, changes={}, source=datnet.conll2003): {
    local parts = combinations[name],
    config: datnet.combination(target, parts[0], parts[1], parts[2], source) + changes,
    evaluate: $.evaluate(target, if parts[0] == null then null else source),
  },

  // So many target sentences, a sample of each pair's own. An epoch holds a tenth of the source in
  // place of three tenths, so that a grid takes a third of the time; F-Transfer does not score lower for
  // it on dev (31.3 and 31.5 on one sample, tuning_choices_wnut16).
  few(size, pair): datnet.few(size, pair) + datnet.with({ source_rate: 0.1 }),

  // AT's control: perturbations as long, in a random direction.
  random_direction: {
    trainer+: { callbacks: [super.callbacks[0] { perturbation: 'random' }] + super.callbacks[1:] },
  },
  // The discriminator's own learning rate, as a multiple of the others'.
  discriminator_rate(times): {
    local rate = self.settings.learning_rate,
    trainer+: { optimizer+: { parameter_groups: [[['^discriminator'], { lr: times * rate }]] } },
  },

  // The sets that a model is scored on, from corpora of `datnet.libsonnet`: the target's dev and test
  // set and, if there is a source, its test set, for what the model knows of the source.
  evaluate(target, source=null): {
    dev: { resource: 'target', path: target.dev },
    test: { resource: 'target', path: target.test },
    [if source != null then 'source']: { resource: 'source', path: source.test },
  },
}
