"""
The plugin of the `allennlp` command, which `.allennlp_plugins` names: the package's components, and
what someone at the command line is to see. `--include-package datnet_allennlp` imports this module
too; nothing else does.
"""

from datnet_allennlp import archive, console, interruptions, repairs
from datnet_allennlp.commands import diff, evaluate, find_lr, plain, predict, train
from datnet_allennlp.configuration import overrides


def install() -> None:
    """
    Puts this package's functions in the place of AllenNLP's where a command has to behave otherwise
    than AllenNLP's own or a component of AllenNLP's does not work, and changes a process of the
    `allennlp` command as `console` says.
    """
    repairs.install()
    overrides.install()
    diff.install()
    evaluate.install()
    find_lr.install()
    plain.install()
    predict.install()
    train.install()
    archive.install()
    if console.is_command():
        console.hide_warnings()
        console.explain_mistakes()
        interruptions.hold_while_compiling()
        interruptions.send_again()
        console.calm_screen()
        console.freeze_imported_objects()


install()
