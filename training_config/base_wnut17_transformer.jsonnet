local datnet = import 'datnet.libsonnet';
local transformer = import 'transformer.libsonnet';
datnet.base(datnet.wnut17) + transformer.alone(std.extVar('MODEL'))
