local datnet = import 'datnet.libsonnet';
local transformer = import 'transformer.libsonnet';
datnet.datnet_f(datnet.wnut17) + transformer.alone(std.extVar('MODEL'))
