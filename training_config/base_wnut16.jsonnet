local datnet = import 'datnet.libsonnet';
datnet.base(datnet.wnut16)
