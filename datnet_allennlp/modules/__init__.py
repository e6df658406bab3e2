"""Importing this package registers embedders, encoders and discriminators."""

from datnet_allennlp.modules.bilstm import BiLstm
from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.crf import LinearChainCrf
from datnet_allennlp.modules.discriminators import ResourceDiscriminator
from datnet_allennlp.modules.dropout import Dropout
from datnet_allennlp.modules.encoders import ResourceEncoder
from datnet_allennlp.modules.gradient_reversal import GradientReversal
from datnet_allennlp.modules.per_resource_embedder import PerResourceEmbedder
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.modules.word_characters import WordCharacters
from datnet_allennlp.modules.word_vectors import WordVectors
