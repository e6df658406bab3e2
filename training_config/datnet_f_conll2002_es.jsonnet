local datnet = import 'datnet.libsonnet';
datnet.datnet_f(datnet.conll2002_es)
