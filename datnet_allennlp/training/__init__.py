"""Importing this package registers what AllenNLP's trainer calls."""

from datnet_allennlp.training.adversarial_training import AdversarialTraining
from datnet_allennlp.training.durable_checkpointer import DurableCheckpointer
from datnet_allennlp.training.finite_loss import FiniteLoss
from datnet_allennlp.training.fused_adam import FusedAdam
from datnet_allennlp.training.inverse_time_decay import InverseTimeDecay
from datnet_allennlp.training.perturbation import Perturbation
from datnet_allennlp.training.perturbation_bound import PerturbationBound
from datnet_allennlp.training.recoverable_trainer import RecoverableTrainer
from datnet_allennlp.training.score_each_epoch import ScoreEachEpoch
