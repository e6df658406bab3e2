local datnet = import 'datnet.libsonnet';
datnet.p_transfer(datnet.conll2002_es)
