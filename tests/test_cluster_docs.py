"""What docs/cluster.md tells people to type is tried, as far as that goes without a cluster."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import dask
import pytest
import yaml
from click.testing import CliRunner
from conftest import ASSIGNMENT, ROOT, hand_in
from dask_cluster import DaskCluster

from autograder.cli import main
from autograder.errors import ClusterError
from autograder.grading import marking
from autograder.grading.cluster.connecting import connected

TEXT = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
CRDS = "deployment/helm/dask-kubernetes-operator/crds"
OPENSSL = shutil.which("openssl")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def block(language, holding):
    (found,) = (text for text in blocks(language) if holding in text)
    return found


def lines(beginning):
    typed = [shlex.split(line) for text in blocks("bash") for line in text.splitlines()]
    return [line for line in typed if line[: len(beginning)] == beginning]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The certificate that the page tells people to make."""
    folder = tmp_path_factory.mktemp("keys")
    (command,) = lines(["openssl"])
    made = [word.replace("~/marking", str(folder)) for word in command]
    subprocess.run(made, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("command", ["scheduler", "worker"])
def test_dask_has_the_options_that_are_named(command):
    module = f"distributed.cli.dask_{command}"
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True
    )
    typed = lines(["dask", command])
    assert len(typed) == 2
    named = {word for line in typed for word in line if word.startswith("--")}
    offered = set(re.findall(r"--[\w-]+", done.stdout))
    assert named <= offered


def test_grade_has_the_options_that_are_named():
    offered = CliRunner().invoke(main, ["grade", "--help"]).stdout
    typed = lines(["autograder", "grade"])
    assert len(typed) == 3
    assert all(word in offered for line in typed for word in line if word.startswith("--"))


@pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
def test_slurm_is_asked_for_such_workers(keys, capsys):
    pytest.importorskip("dask_jobqueue")
    code = block("python", "SLURMCluster(")
    assert "/home/me/marking" in code
    space = {}
    exec(code.replace("/home/me/marking", str(keys)).replace('"port": 8786', '"port": 0'), space)
    try:
        script = capsys.readouterr().out
        address = space["cluster"].scheduler_address
    finally:
        space["cluster"].close()
    assert "#SBATCH -p teaching\n" in script
    assert "#SBATCH --cpus-per-task=8\n" in script
    assert "#SBATCH --mem=23G\n" in script
    assert "#SBATCH -t 04:00:00\n" in script
    (started,) = (shlex.split(line) for line in script.splitlines() if "dask_worker" in line)
    assert address.startswith("tls://")
    assert address in started
    for option, value in {
        "--nthreads": "1", "--nworkers": "8", "--tls-ca-file": f"{keys}/cert.pem",
        "--tls-cert": f"{keys}/cert.pem", "--tls-key": f"{keys}/key.pem",
    }.items():  # fmt: skip
        assert started[started.index(option) + 1] == value
    assert "--no-dashboard" in started


def test_kubernetes_is_given_what_its_operator_takes():
    operator = pytest.importorskip("dask_kubernetes.operator")
    jsonschema = pytest.importorskip("jsonschema")
    space = {}
    exec(block("python", "make_cluster_spec("), space)
    spec = space["spec"]
    file = Path(operator.__file__).parent / CRDS / "daskcluster.yaml"
    if not file.is_file():
        pytest.skip("this dask-kubernetes brings no description of its resources")
    (version,) = yaml.safe_load(file.read_text())["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    jsonschema.validate(spec, schema)
    spec["spec"]["worker"]["replicas"] = "many"  # what does not fit is seen
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, schema)
    spec["spec"]["worker"]["replicas"] = 20
    for part, first in (("worker", ["dask", "worker"]), ("scheduler", ["dask", "scheduler"])):
        pod = spec["spec"][part]["spec"]
        (container,) = pod["containers"]
        assert container["args"][:2] == first
        assert pod["automountServiceAccountToken"] is False
    args = spec["spec"]["worker"]["spec"]["containers"][0]["args"]
    assert args[args.index("--nthreads") + 1] == "1"


def test_the_image_is_made_of_what_there_is():
    text = block("dockerfile", "FROM")
    (code,) = re.findall(r'python -c "(.*)"', text)
    compile(code, "<Dockerfile>", "exec")
    one = code.replace("EXERCISES.values()", "list(EXERCISES.values())[:1]")
    subprocess.run([sys.executable, "-c", one], check=True)
    assert "-e '/course[instructor,cluster]'" in text


@pytest.mark.skipif(not OPENSSL, reason="openssl is not installed")
def test_with_these_settings_a_class_is_marked_over_tls(keys, folder, right, tmp_path):
    text = block("yaml", "tls:").replace("/home/me/marking", str(keys))
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "marking.yaml").write_text(text)
    settings = dask.config.merge(dask.config.config, yaml.safe_load(text))
    hand_in(folder, "Ann", right)
    env = {"DASK_CONFIG": str(tmp_path / "dask"), "DASK_PROTOCOL": "tls"}
    cluster = DaskCluster(tmp_path, **env)
    try:
        (worker,) = cluster.add("well")
        assert cluster.address.startswith("tls://")
        assert worker.startswith("tls://")
        with dask.config.set(settings), connected(cluster.address, folder) as there:
            asked = {"executor": there.executor, "jobs": there.jobs}
            (record,) = marking.grade(folder, [ASSIGNMENT], **asked)
        assert record.state == "graded"
        for address in (cluster.address, cluster.address.replace("tls", "tcp")):
            with pytest.raises(ClusterError), connected(address, folder):  # without the key
                pass
    finally:
        cluster.close()
