// The source alone, with a vocabulary that knows WNUT-2016 too: what fine_tuned_wnut16_100.jsonnet
// starts from. Its dev set chooses the checkpoint.
local datnet = import 'datnet.libsonnet';

datnet.source_alone(datnet.wnut16)
