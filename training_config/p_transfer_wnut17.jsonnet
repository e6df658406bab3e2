local datnet = import 'datnet.libsonnet';
datnet.p_transfer(datnet.wnut17)
