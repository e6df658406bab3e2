local datnet = import 'datnet.libsonnet';
datnet.f_transfer(datnet.conll2002_nl)
