// What is the big dev set worth? WNUT-2016 with few sentences, the checkpoint chosen on dev (1,000
// sentences), on a fifth of the few, or after a number of epochs fixed beforehand.
local datnet = import '../datnet.libsonnet';
local experiment = import 'experiment.libsonnet';
local checkpoints = {
  dev: {},
  'a fifth of the sentences': datnet.held_out(0.2),
  'fixed epochs': datnet.fixed_epochs(20),
};

experiment.grid(
  {
    checkpoint: std.objectFields(checkpoints),
    model: ['Base', 'F-Transfer', 'DATNet-F'],
    size: [10, 50, 100, 200],
    pair: [1, 2, 3],
  },
  function(levels)
    experiment.model(
      levels.model,
      datnet.wnut16,
      experiment.few(levels.size, levels.pair) + checkpoints[levels.checkpoint]
    ) { seed: levels.pair },
  order=['pair', 'size', 'model', 'checkpoint'],
) + {
  name: 'dev_set',
  baseline: { checkpoint: 'dev' },
  report: { rows: ['model', 'checkpoint'], contrasts: [
    { factor: 'checkpoint', of: 'dev', against: 'a fifth of the sentences' },
    { factor: 'checkpoint', of: 'dev', against: 'fixed epochs' },
  ] },
}
