local datnet = import 'datnet.libsonnet';
datnet.datnet_p(datnet.conll2002_nl)
