local datnet = import 'datnet.libsonnet';
local transformer = import 'transformer.libsonnet';
datnet.f_transfer(datnet.wnut16) + datnet.few(100) + transformer.alone(std.extVar('MODEL'))
