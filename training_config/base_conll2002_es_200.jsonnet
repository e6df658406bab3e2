local datnet = import 'datnet.libsonnet';
datnet.base(datnet.conll2002_es) + datnet.few(200)
