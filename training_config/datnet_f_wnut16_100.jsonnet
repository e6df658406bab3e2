local datnet = import 'datnet.libsonnet';
datnet.datnet_f(datnet.wnut16) + datnet.few(100)
