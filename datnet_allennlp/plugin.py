"""
The plugin of the `allennlp` command, which `.allennlp_plugins` names: the package's components, and
what someone at the command line is to see. `--include-package datnet_allennlp` imports this module
too; nothing else does.
"""

from datnet_allennlp import console


def install() -> None:
    """Changes a process of the `allennlp` command as `console` says, and no other."""
    if console.is_command():
        console.hide_warnings()
        console.explain_mistakes()
        console.freeze_imported_objects()


install()
