"""Typical calls of kerasig as its users' type checker sees them: never run, checked by test_public.py.

A line that ends in `# type: ignore[...]` is a wrong call. `mypy --strict` reports an ignore that nothing needs, so that
a wrong call that passes is an error as well as a right one that does not.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import kerasig
from kerasig import typing as kt

x: NDArray[np.float32] = np.zeros((8, 4), np.float32)
ids = np.zeros((8, 4), np.int32)
labels = np.zeros(8, np.int64)


def model(inputs: Any) -> Any:
    return inputs


def right_explanations(layer: kt.Model, tokens: list[list[str]]) -> None:
    attribution = kerasig.explain(model, x)
    assert_type(attribution, kerasig.Attribution)
    kerasig.explain(model, {"image": x, "ids": ids}, 3)
    kerasig.explain(model, [x, (x, ids)], labels, baselines=[None, (0.5, None)])
    kerasig.explain(model, x, [0, 1, 2], baselines=0.0, layer="embedding", steps=50)
    kerasig.explain(model, x, (3, labels), baselines=x.mean(axis=0), layer=layer)
    kerasig.explain(model, x, kerasig.targets.Label(labels), baselines=kerasig.baselines.Mean(x), layer=(layer, 1))
    kerasig.explain(model, x, kerasig.targets.Output("name", 3), baselines=kerasig.baselines.Samples(x, 5))
    kerasig.explain(model, x, kerasig.targets.Loss(labels, "mse"), baselines=kerasig.baselines.Noise(0.1, seed=1))
    kerasig.explain(model, x, kerasig.targets.PerExample(lambda outputs, rows: outputs, {"a": x}), layer=["a", None])
    kerasig.explain(model, x, lambda outputs: outputs[:, 0], baselines=lambda inputs: inputs * 0)
    kerasig.explain(model, x, steps=kerasig.Fixed(20, "trapezoid"), interior_alphas=[0.1, 1.0], batch_size=8)
    kerasig.explain(model, x, steps=kerasig.Adaptive(0.001), interior_alphas=np.linspace(0, 1, 5), jit_compile=True)
    kerasig.export(model, "served", inputs=x, baselines=kerasig.baselines.Mean(x), target="class_ids")
    kerasig.export(model, Path("served"), layer=["embedding", None], steps=20, target=lambda outputs: outputs[:, 0])
    kerasig.export(model, "served", steps=kerasig.Adaptive(0.001), target=kerasig.targets.Output("name", "class_ids"))
    explainer = kerasig.Explainer(model, layer="embedding")
    assert_type(explainer.explain(x, 3, baselines=kerasig.baselines.AtInputs(x)), kerasig.Attribution)
    assert_type(explainer.scores(x, replaced=x > 0), NDArray[np.float64])


def right_results(attribution: kerasig.Attribution, tokens: list[list[str]]) -> None:
    total: float = attribution.values.sum()
    worst = attribution[~attribution.converged]
    assert_type(worst, kerasig.Attribution)
    assert_type(attribution[3:5], kerasig.Attribution)
    assert_type([one.score for one in attribution], list[NDArray[Any]])
    attribution.save(Path("saved.npz"))
    assert_type(kerasig.Attribution.load("saved"), kerasig.Attribution)
    columns = attribution.metrics({"tag": x > 0}, previous=worst, kind="tabular", feature_names=["a", "b", "c", "d"])
    assert_type(columns, dict[str, NDArray[Any]])
    attribution.metrics({"films": ["film", "movie"]}, tokens=tokens)
    attribution.plot(3, tokens=tokens[3], class_names=("no", "yes")).show()
    kerasig.plot.images(attribution, [0, 1], styles=["times_picture", "green_and_red"])
    kerasig.plot.film_strip(attribution, style="signed_overlay")
    kerasig.plot.highlight(attribution, tokens=tokens)
    print(total, attribution.path.alphas, attribution.rule, attribution.interior)


def right_probes(dataset: Sequence[tuple[NDArray[np.float32], NDArray[np.int64]]]) -> kerasig.IGCallback:
    probes = kerasig.ProbeSet(x, labels, class_names=["no", "yes"], regions={"tag": x > 0, "both": ["a", "b"]})
    texts = kerasig.ProbeSet({"ids": ids, "x": x}, [0, 1], tokens={"ids": [["a", "b"]]}, title="texts", target="both")
    graph = kerasig.ProbeSet(x, kind="graph", edges=[[0, 1], [1, 2]], target=kerasig.targets.Output(0))
    attribution = kerasig.explain(model, probes, "predicted")
    attribution.plot(1, probes=probes)
    attribution.plot([0, 1], edges=[[0, 1]], rate=250, common_scale=False)
    kerasig.ProbeSet(x, kind="series", rate=250)
    kerasig.plot.images(attribution, probes=probes)
    first = kerasig.ProbeSet.from_dataset(dataset, 5, kind="series", title="first")
    return kerasig.IGCallback(
        [probes, texts, graph, first],
        Path("logs"),
        model=lambda trained: trained.encoder,
        every=100,
        interior_alphas=None,
        max_overhead=0.05,
        alarms=[kerasig.alarms.RegionLift("tag", above=5), kerasig.alarms.Drift(0.5, against="first", patience=3)],
        on_error="raise",
    )


def right_audits(probes: kerasig.ProbeSet) -> None:
    audit = kerasig.Audit(x, labels, n=200, class_names=["no", "yes"], title="audit")
    alarm = kerasig.alarms.Suspect(patience=3, action=print, stop=True, title="audit")
    callback = kerasig.IGCallback(probes, "logs", audit=audit, audit_every=4, alarms=[alarm], max_overhead=0.05)
    kerasig.IGCallback(log_dir="logs", audit=audit)
    callback.record(model, 3, audit=True)
    found = callback.suspects
    if found is not None:
        print(found.sentence, found.before_step, [suspect.watch for suspect in found])


class AllCorrect(kerasig.alarms.Alarm):
    @property
    def columns(self) -> Sequence[str]:
        return ("correct",)

    def read(self, record: kerasig.alarms.Record) -> kerasig.alarms.Reading:
        return kerasig.alarms.Reading("correct", record.mean("correct"), 0.999)


def right_measures(callback: kerasig.IGCallback, tokens: list[list[str]]) -> None:
    assert_type(kerasig.metrics.drift(x, x), NDArray[np.float64])
    assert_type(kerasig.metrics.region_mass(x, x > 0), NDArray[np.float64])
    kerasig.metrics.leaderboard(kerasig.metrics.mean_by_name(x, tokens), top=5)
    assert_type(kerasig.metrics.deletion(x, lambda mask: mask.sum(axis=1), [1, 2]), kerasig.metrics.Deletion)
    assert_type(kerasig.metrics.trigger_phrases(x, tokens, [0, 1], [0, 1]), list[kerasig.metrics.TriggerPhrase])
    means: dict[str, float] = callback.record(model, 3)
    print(means, callback.history[0]["drift"])


def right_annotations(inputs: kt.Inputs, target: kt.Target | None, rule: kt.Rule, kind: kt.Kind) -> kt.Status:
    kerasig.ProbeSet(inputs, kind=kind)
    attribution = kerasig.explain(model, inputs, target, steps=kerasig.Fixed(9, rule))
    status: kt.Status = attribution.status[0]
    return status


def wrong_words(attribution: kerasig.Attribution, probes: kerasig.ProbeSet) -> None:
    kerasig.Fixed(20, "simpson")  # type: ignore[arg-type]
    kerasig.ProbeSet(x, kind="picture")  # type: ignore[arg-type]
    kerasig.ProbeSet(x, target="labels")  # type: ignore[arg-type]
    kerasig.ProbeSet.from_dataset([x], 3, kind="picture")  # type: ignore[arg-type]
    kerasig.ProbeSet.from_dataset([x], 3, named=["a"])  # type: ignore[call-arg]
    kerasig.IGCallback(probes, every="day")  # type: ignore[arg-type]
    kerasig.IGCallback(probes, on_error="ignore")  # type: ignore[arg-type]
    kerasig.alarms.Drift(0.5, against="last")  # type: ignore[arg-type]
    attribution.metrics(kind="picture")  # type: ignore[arg-type]
    attribution.plot(kind="picture")  # type: ignore[arg-type]
    kerasig.plot.images(attribution, styles=["heatmap"])  # type: ignore[list-item]
    kerasig.plot.film_strip(attribution, style="heatmap")  # type: ignore[arg-type]
    status: kt.Status = "fine"  # type: ignore[assignment]
    print(status)


def wrong_values(attribution: kerasig.Attribution, probes: kerasig.ProbeSet) -> None:
    kerasig.explain("model", x)  # type: ignore[arg-type]
    kerasig.explain(model, 3.0)  # type: ignore[arg-type]
    kerasig.explain(model, "a text")  # type: ignore[arg-type]
    kerasig.explain(model, x, "cat")  # type: ignore[arg-type]
    kerasig.explain(model, x, 0.5)  # type: ignore[arg-type]
    kerasig.explain(model, probes, "both")  # type: ignore[arg-type]
    kerasig.explain(model, x, baselines="zeros")  # type: ignore[arg-type]
    kerasig.explain(model, x, layer=3)  # type: ignore[arg-type]
    kerasig.explain(model, x, steps=0.5)  # type: ignore[arg-type]
    kerasig.explain(model, x, interior_alphas=0.5)  # type: ignore[arg-type]
    kerasig.explain(model, x, n_steps=50)  # type: ignore[call-arg]
    kerasig.explain(model, x, 3, 0.0)  # type: ignore[call-arg]
    kerasig.ProbeSet(x, names="abc")  # type: ignore[arg-type]
    kerasig.ProbeSet(x, regions=[x > 0])  # type: ignore[arg-type]
    kerasig.ProbeSet(x, title=3)  # type: ignore[arg-type]
    kerasig.ProbeSet(x, rate="fast")  # type: ignore[arg-type]
    kerasig.IGCallback(x)  # type: ignore[arg-type]
    kerasig.IGCallback(probes, audit=probes)  # type: ignore[arg-type]
    kerasig.IGCallback(probes, audit=None, audit_every="epoch")  # type: ignore[arg-type]
    kerasig.alarms.Suspect(3)  # type: ignore[call-arg]
    kerasig.IGCallback(probes, alarms=[kerasig.alarms.Alert])  # type: ignore[list-item]
    kerasig.metrics.deletion(x, x, [1])  # type: ignore[arg-type]
    kerasig.alarms.RegionLift(5, above="tag")  # type: ignore[arg-type]
    attribution["converged"]  # type: ignore[index]
    attribution.score = x  # type: ignore[misc]
    kerasig.explian(model, x)  # type: ignore[attr-defined]
    print(kerasig.metrics.alpha_at)  # type: ignore[attr-defined]
