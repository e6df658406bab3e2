"""
Subcommands that this plugin adds to `allennlp` or changes; importing this package registers them.
"""

from datnet_allennlp.commands.calibrate import Calibrate as Calibrate
from datnet_allennlp.commands.demo import Demo as Demo
from datnet_allennlp.commands.experiment import Experiment as Experiment
from datnet_allennlp.commands.export import Export as Export
from datnet_allennlp.commands.learning_curve import LearningCurve as LearningCurve
from datnet_allennlp.commands.model_card import ModelCard as ModelCard
from datnet_allennlp.commands.model_card import Publish as Publish
from datnet_allennlp.commands.new_config import NewConfig as NewConfig
from datnet_allennlp.commands.prepare_data import PrepareData as PrepareData
from datnet_allennlp.commands.report import Report as Report
from datnet_allennlp.commands.report_tagger import ReportTagger as ReportTagger
from datnet_allennlp.commands.tag import Tag as Tag
