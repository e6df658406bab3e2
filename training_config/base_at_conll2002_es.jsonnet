local datnet = import 'datnet.libsonnet';
datnet.base_at(datnet.conll2002_es)
