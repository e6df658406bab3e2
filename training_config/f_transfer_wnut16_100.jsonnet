local datnet = import 'datnet.libsonnet';
datnet.f_transfer(datnet.wnut16) + datnet.few(100)
