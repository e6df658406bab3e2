local datnet = import 'datnet.libsonnet';
datnet.datnet_p(datnet.wnut16) + datnet.few(100)
