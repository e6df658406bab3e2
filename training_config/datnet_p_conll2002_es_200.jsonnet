local datnet = import 'datnet.libsonnet';
datnet.datnet_p(datnet.conll2002_es) + datnet.few(200)
