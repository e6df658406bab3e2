local datnet = import 'datnet.libsonnet';
datnet.base(datnet.wnut16) + datnet.few(100)
