"""A real Ray cluster of several raylets on this machine, one of which is killed."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="the extra 'ray' is not installed")

from ray._private.ray_constants import PROCESS_TYPE_RAYLET
from ray.cluster_utils import Cluster

from datnet_allennlp.experiments.engines.ray_cluster import RayEngine
from datnet_allennlp.experiments.results import Results
from datnet_allennlp.experiments.runner import Runner
from datnet_allennlp.experiments.spec import load_spec

pytestmark = [pytest.mark.slow, pytest.mark.process]


@pytest.fixture(scope="module")
def cluster():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        environment.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
        cluster.shutdown()


def pid_of_worker(folder):
    """The process that has the log in a cell's folder open, or `None`."""
    log = str(folder.resolve() / "log.txt")
    for link in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if os.readlink(link) == log:
                return int(link.parts[2])
        except OSError:
            continue
    return None


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_killed_raylet_s_cell_runs_again_elsewhere(cluster, spec_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    doomed = cluster.add_node(num_cpus=1)
    raylet = doomed.all_processes[PROCESS_TYPE_RAYLET][0].process.pid
    spec = load_spec(spec_file([1, 2, 3], overrides={"trainer.num_epochs": 40}))
    engine = RayEngine()
    assert engine.workers == 2
    victims = []

    def kill_in_the_middle():
        end = time.monotonic() + 120
        while not victims and time.monotonic() < end:
            time.sleep(0.05)
            for metrics in Path("runs/cells").glob("*/run/metrics_epoch_3.json"):
                folder = metrics.parents[1]
                pid = pid_of_worker(folder)
                if pid is not None and parent_of(pid) == raylet:
                    victims.append(folder)
                    (folder / "left over").touch()
                    cluster.remove_node(doomed, allow_graceful=False)
                    return

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    results = Results(Path("results.jsonl"))
    failures = Runner(Path("runs"), results, engine).run(spec.name, spec.cells)
    killer.join()

    (victim,) = victims
    assert failures == {}
    assert not (victim / "left over").exists()
    lines = [json.loads(line) for line in results.path.read_text().splitlines()]
    assert sorted(line["factors"]["seed"] for line in lines) == [1, 2, 3]
    assert all(line["epochs"] == 40 for line in lines)
    assert all(0 <= line["scores"]["test"]["conlleval"]["f1"] <= 1 for line in lines)


def test_other_data_on_the_worker_s_machine(cluster, spec_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "test.conll"
    data.write_text("Nora\tB-person\n")
    (cell,) = load_spec(spec_file([1], evaluate={"test": {"path": str(data)}})).cells
    assert cell.identity
    data.write_text("Nora\tO\n")
    failures = Runner(Path("runs"), Results(Path("results.jsonl")), RayEngine()).run(
        "small", [cell]
    )
    assert failures[cell].startswith("found other data or another METHOD_VERSION on")
    assert not Path("results.jsonl").exists()
