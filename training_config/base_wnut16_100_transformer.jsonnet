local datnet = import 'datnet.libsonnet';
local transformer = import 'transformer.libsonnet';
datnet.base(datnet.wnut16) + datnet.few(100) + transformer.alone(std.extVar('MODEL'))
