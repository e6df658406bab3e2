"""A linear-chain CRF (section 3.4)."""

from datnet_allennlp.modules.crf.linear_chain_crf import VITERBI_DECODING, LinearChainCrf
