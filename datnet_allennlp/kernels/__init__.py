"""
The inner loops of training and decoding on a CPU, compiled by numba at first use and kept in its
cache. Each works on the memory of contiguous float32 tensors. On a GPU, for other types, and where
they are switched off (`disabled()`, or `DATNET_KERNELS=0` in the environment), the modules that use
them do the same mathematics in PyTorch. Decoding uses its kernel on all devices and types.
"""

from datnet_allennlp.kernels.compiled import compiled as compiled
from datnet_allennlp.kernels.compiled import runs_on as runs_on
from datnet_allennlp.kernels.switch import disabled as disabled
from datnet_allennlp.kernels.switch import enabled as enabled
