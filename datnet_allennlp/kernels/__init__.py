"""
The inner loops of training and decoding on a CPU, compiled by numba at first use and kept in its
cache. Each works on the memory of contiguous float32 tensors. On a GPU, and for other types, the
modules that use them do the same mathematics in PyTorch; but decoding always runs here, in float32
or float64.
"""

from datnet_allennlp.kernels.compiled import compiled as compiled
from datnet_allennlp.kernels.compiled import runs_on as runs_on
