"""The one door through which archives of models come in, and the manifest that goes into ours."""

from datnet_allennlp.archive.install import install as install
from datnet_allennlp.archive.limits import Limits as Limits
from datnet_allennlp.archive.loading import load as load
from datnet_allennlp.archive.manifest import write_manifest as write_manifest
