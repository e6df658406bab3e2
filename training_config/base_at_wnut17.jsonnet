local datnet = import 'datnet.libsonnet';
datnet.base_at(datnet.wnut17)
