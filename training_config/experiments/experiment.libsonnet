// What the specifications of experiments share; `allennlp experiment` runs them. A specification is
//   experiment.grid({ model: [...], size: [...] }, function(levels) { config: ..., seed: ... })
// with a `name` if it is not the file's, and a `baseline`. Several grids over the same factors can be
// joined: { factors: ..., cells: a.cells + b.cells }.

// All combinations of levels as objects {factor: level}; the last factor changes fastest. Jsonnet
// orders factors by their names.
local product(factors) = std.foldl(
  function(rows, factor) [
    row { [factor]: level }
    for row in rows
    for level in factors[factor]
  ],
  std.objectFields(factors),
  [{}]
);

{
  // The cells of all combinations of levels. `cell` makes what a cell holds beside its factors
  // (`config`, `overrides`, `seed`, `evaluate`, ...) from {factor: level}; null leaves it out.
  grid(factors, cell): {
    factors: factors,
    cells: [
      { factors: levels } + cell(levels)
      for levels in product(factors)
      if cell(levels) != null
    ],
  },

  // The sets that a model is scored on, from corpora of `datnet.libsonnet`: the target's dev and test
  // set and, if there is a source, its test set, for what the model knows of the source.
  evaluate(target, source=null): {
    dev: { resource: 'target', path: target.dev },
    test: { resource: 'target', path: target.test },
    [if source != null then 'source']: { resource: 'source', path: source.test },
  },
}
