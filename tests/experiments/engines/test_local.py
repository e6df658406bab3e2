"""Cells as processes of this machine."""

import os
import signal
import time

import pytest

from datnet_allennlp.experiments.engines import local


def test_ctrl_c_while_it_forks_stops_it(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(local, "attempt", lambda *_: time.sleep(60))
    to_send = [signal.SIGINT]
    os.register_at_fork(after_in_parent=lambda: to_send and os.kill(os.getpid(), to_send.pop()))
    engine = local.LocalEngine(1)
    with pytest.raises(KeyboardInterrupt):
        engine.start(None, tmp_path)
    ((_, process),) = engine._running.values()
    engine.stop()
    assert process.exitcode == -signal.SIGKILL
