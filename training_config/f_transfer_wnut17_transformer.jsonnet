local datnet = import 'datnet.libsonnet';
local transformer = import 'transformer.libsonnet';
datnet.f_transfer(datnet.wnut17) + transformer.alone(std.extVar('MODEL'))
