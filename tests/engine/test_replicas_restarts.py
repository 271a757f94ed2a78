"""Several workers, some of which fail inside a record, or die there and are started again."""

import pytest
from replica_processes import addresses

KILLED = -9
# Seconds until a worker that was waiting knows, and until its process has ended. Without load both take a tenth.
NOTICED, ENDED = 100, 200


class Run:
    """One start of all workers of a training."""

    def __init__(self, start, folder, trouble, workers):
        cluster = addresses(workers)
        self._scripts = [start("restarted.py", str(index), str(folder), trouble, *cluster) for index in range(workers)]
        self._victim = int(trouble.split()[1]) if trouble.startswith("kill") else None

    @property
    def codes(self):
        return [script.ended()[0] for script in self._scripts]

    def all(self, key):
        """What each worker says under a key, of those that say anything."""
        reports = [{key: value for part in script.reports for key, value in part.items()} for script in self._scripts]
        return [report[key] for report in reports if key in report]

    @property
    def failed_at(self):
        return self.all("failed_at")[0]

    @property
    def others_ended(self):
        """Seconds after the failure."""
        others = [script for index, script in enumerate(self._scripts) if index != self._victim]
        return [script.ended()[1] - self.failed_at for script in others]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("restarted")


@pytest.fixture(scope="module")
def runs(start_script, folder):
    """A worker dies, all are started again; the chief dies, all are started again."""
    found = []
    for trouble in ("kill 2 4", "kill 0 8", "none"):
        found.append(Run(start_script, folder, trouble, workers=3))
        assert found[-1].codes
    return found


def test_workers_end_with_the_strategys_own_error_when_one_of_them_or_the_chief_is_killed_inside_a_record(runs):
    for run, killed in zip(runs, (2, 0), strict=False):
        assert run.codes == [KILLED if index == killed else 0 for index in range(3)]
        assert set(run.all("error")) <= {"UnavailableError", "AbortedError"}
        assert len(run.all("at")) == 2
        assert all(at - run.failed_at < NOTICED for at in run.all("at"))
        # Interpreters end as well.
        assert all(seconds < ENDED for seconds in run.others_ended)


def test_started_again_all_workers_go_on_where_the_backup_was(runs):
    assert [run.all("begins_at") for run in runs] == [[0] * 3, [3] * 3, [6] * 3]
    assert runs[-1].codes == [0, 0, 0]
    assert runs[-1].all("recorded") == [[6, 8, 10, 12]] * 3


@pytest.mark.parametrize("load_fast", [True, False], ids=["rust", "python"])
def test_the_series_has_every_step_once(runs, folder, tensorboard_server, load_fast):
    server = tensorboard_server(folder / "logs", load_fast=load_fast)
    (found,) = server.wait_until(lambda answer: answer["runs"] and answer["runs"][0]["sets"])["runs"]
    (probes,) = found["sets"]
    place = {"run": found["run"], "set": probes["title"], "series": ""}
    server.wait_until(lambda answer: answer["steps"] == [0, 2, 3, 4, 6, 8, 10, 12], "steps", **place)
    for step in (3, 4, 8):
        assert server.get("attributions", step=step, **place).status == 200


def test_an_error_of_one_worker_alone_costs_all_that_record_and_leaves_the_training_alone(start_script, tmp_path):
    undisturbed = Run(start_script, tmp_path / "undisturbed", "none", workers=2)
    troubled = Run(start_script, tmp_path / "troubled", "raise 1 4,break 0 6,late 1 10,late 1 12", workers=2)
    assert undisturbed.codes == troubled.codes == [0, 0]
    assert undisturbed.all("recorded") == [[0, 2, 4, 6, 8, 10, 12]] * 2
    assert troubled.all("recorded") == [[0, 2, 8]] * 2
    assert undisturbed.all("warned") == [[], []]
    # Once for each thing: its own error, and that of the other.
    for warned in troubled.all("warned"):
        assert len(warned) == 2
        assert sum("of this worker alone" in sentence for sentence in warned) == 1
        assert sum("Another worker failed" in sentence for sentence in warned) == 1
    assert undisturbed.all("state") == troubled.all("state")
