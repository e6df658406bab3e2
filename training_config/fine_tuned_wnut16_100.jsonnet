// 100 sentences of WNUT-2016, from the weights that source_wnut16.jsonnet ended with.
local datnet = import 'datnet.libsonnet';

datnet.fine_tuned(datnet.wnut16, 'data/models/source_wnut16') + datnet.few(100)
