"""Two sides beside each other: what differs equals NumPy's difference, whatever is chosen."""

import io

import numpy as np
import pytest
from attributions_tab import Tab

MINUS = "\u2212"
DIGITS = {"runs": "first/kerasig", "set": "digits", "view": "compare"}
RECORDS = """
async (m, probe, [a, b], form) => {
  const api = await import(new URL('plugin/kerasig/static/api.js', location.href).href);
  const [one, other] = await Promise.all([a, b].map((args) => api.getPacked('attributions', args)));
  if (form === 'change') return m.changeOf(one, other, probe);
  return [...m.differenceOf(one, other).get(probe, 0).numbers];
}
"""


def facts(tab, name: str) -> list[float]:
    found = tab.frame.locator(f".pair [data-fact='{name}']").all_inner_texts()
    return [float(text.replace(MINUS, "-")) if text != "\u2013" else np.nan for text in found]


def order(tab) -> list[int]:
    return [int(text) for text in tab.frame.locator(".pair").evaluate_all("all => all.map((e) => e.dataset.probe)")]


def exported(server, probe: int, **of) -> np.ndarray:
    return np.load(io.BytesIO(server.get("export", **of, probe=probe, format="npy").body))


def correlations(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Cosine, and the correlation of the sizes' ranks where no two sizes are equal."""
    a, b = a.ravel().astype(np.float64), b.ravel().astype(np.float64)
    one, other = (np.argsort(np.argsort(np.abs(values))) for values in (a, b))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b), np.corrcoef(one, other)[0, 1]


@pytest.mark.parametrize("probe", [0, 6])
def test_difference_equals_numpys(tab, open_servers, probe):
    sides = [
        {"run": run, "set": "digits", "step": step} for run, step in (("first/kerasig", 157), ("second/kerasig", 942))
    ]
    a, b = (exported(open_servers["rust"], probe, **side) for side in sides)
    shown = np.array(tab.module("difference.js", RECORDS, probe, sides, "difference")).reshape(a.shape)
    # Both are the stored numbers; float32 rounds the difference once.
    np.testing.assert_allclose(shown, b - a, rtol=0, atol=1e-6 * np.abs(b).max())
    change = tab.module("difference.js", RECORDS, probe, sides, "change")
    cosine, _ = correlations(a, b)
    assert change["cosine"] == pytest.approx(cosine, abs=1e-6)
    assert change["drift"] == pytest.approx(1 - cosine, abs=1e-6)


def test_agreement_and_what_chance_gives_are_those_of_the_metrics(tab):
    metrics = pytest.importorskip("kerasig.metrics._functions")
    rng = np.random.default_rng(2)
    # Ranks shared by equals, zeros shared by both, zeros of one's own, one map of nothing, nothing at all, one place.
    maps = np.round(rng.normal(loc=0.2, size=(2, 6, 40)), 1)
    maps[:, 1, 10:] = 0
    maps[:, 2:4] *= rng.uniform(size=(2, 2, 40)) < 0.5
    maps[0, 3], maps[:, 4], maps[:, 5, 1:] = 0, 0, 0
    names = {
        "rank": metrics.rank_correlation,
        "drift": metrics.drift,
        "rankByChance": metrics.rank_correlation_by_chance,
        "driftByChance": metrics.drift_by_chance,
    }
    function = "(m, a, b) => a.map((row, i) => m.measure(row, b[i]))"
    found = tab.module("difference.js", function, *maps.tolist())
    for name, metric in names.items():
        np.testing.assert_allclose([of_probe[name] for of_probe in found], metric(*maps), atol=1e-9, err_msg=name)
    assert np.isfinite(metrics.rank_correlation_by_chance(*maps)[:3]).all()
    assert metrics.rank_correlation_by_chance(*maps)[2] < -0.1


def test_page_shows_those_numbers_most_changed_first(tab, open_servers):
    side = {"run": "first/kerasig", "set": "people"}
    tab.open(runs="first/kerasig", set="people", view="compare", a="157,,", b="1727,,")
    probes = order(tab)
    pairs = {
        probe: [exported(open_servers["rust"], probe, **side, step=step) for step in (157, 1727)] for probe in probes
    }
    expected = [correlations(*pairs[probe]) for probe in probes]
    assert facts(tab, "cosine") == pytest.approx([cosine for cosine, _ in expected], abs=0.0006)
    assert facts(tab, "rank correlation") == pytest.approx([rank for _, rank in expected], abs=0.0006)
    chance = tab.frame.locator(".pair [data-chance='change']").all_inner_texts()
    metrics = pytest.importorskip("kerasig.metrics._functions")
    expected = [float(metrics.drift_by_chance(*np.float64(pairs[probe])[:, None])[0]) for probe in probes]
    assert [float(text.removesuffix(" by chance")) for text in chance] == pytest.approx(expected, abs=0.0006)
    assert facts(tab, "change") == sorted(facts(tab, "change"), reverse=True)
    assert sorted(probes) == list(range(5))
    rows = tab.frame.locator(f".pair[data-probe='{probes[0]}'] tbody tr")
    shown = rows.evaluate_all(
        "rows => rows.map((row) => [...row.querySelectorAll('.amount .number')].map((e) => e.textContent))"
    )
    a, b = pairs[probes[0]]
    order_of_rows = np.argsort(-np.abs(b - a))
    for line, i in zip(shown, order_of_rows, strict=True):
        assert [float(text.replace(MINUS, "-")) for text in line] == pytest.approx([a[i], b[i], b[i] - a[i]], rel=0.006)


def test_slider_moves_the_side_that_follows_it_alone(tab):
    tab.open(**DIGITS, step=471)
    a, b = ".pair[data-probe='0'] .third:nth-child(1) canvas", ".pair[data-probe='0'] .third:nth-child(2) canvas"
    before = tab.picture(a), tab.picture(b)
    assert before[0] != before[1]
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for_step(628)
    tab.frame.wait_for_function(
        "([selector, before]) => (document.querySelector(selector)?.toDataURL() ?? before) !== before",
        arg=[b, before[1]],
    )
    assert tab.frame.input_value("[data-side=a] [name=step]") == "0"
    # The scale is shared, so that A's colours may have moved with it; its own numbers have not.
    assert tab.frame.locator(".pair[data-probe='0'] [data-fact=score]").inner_text().startswith("0.92")


def test_equal_sides_differ_in_nothing(tab):
    tab.open(**DIGITS, a="471,,", b="471,,")
    assert facts(tab, "change") == pytest.approx([0.0] * 8, abs=1e-9)
    assert facts(tab, "cosine") == pytest.approx([1.0] * 8, abs=1e-9)


def test_two_runs_are_compared_at_the_sliders_step_and_swapped_by_key(tab):
    tab.open(**{**DIGITS, "runs": "first/kerasig,second/kerasig"}, step=471)
    sides = [tab.frame.input_value(f"[data-side={side}] [name=run]") for side in "ab"]
    assert sides == ["first/kerasig", "second/kerasig"]
    before = facts(tab, "cosine")
    tab.frame.locator(".tab[aria-selected=true]").focus()
    tab.page.keyboard.press("x")
    tab.frame.wait_for_function("document.querySelector('[data-side=a] [name=run]')?.value === 'second/kerasig'")
    tab.settle("ready")
    assert facts(tab, "cosine") == pytest.approx(before, abs=1e-9)


def test_sides_are_chosen_and_restored_from_the_address(tab):
    tab.open(**DIGITS)
    tab.frame.select_option("[data-side=b] [name=run]", "second/kerasig")
    tab.frame.select_option("[data-side=b] [name=step]", "785")
    tab.frame.wait_for_function("parent.location.hash.includes('p.kerasig.b=785')")
    tab.settle("ready")
    tab.frame.select_option(".pairs-order", "name")
    tab.frame.wait_for_function("parent.location.hash.includes('order=name')")
    shown, url = order(tab), tab.url
    assert shown == [4, 5, 6, 7, 0, 1, 2, 3]
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == url
    assert order(tab) == shown
    assert tab.frame.input_value("[data-side=b] [name=run]") == "second/kerasig"
    assert tab.frame.input_value("[data-side=b] [name=step]") == "785"


def test_sets_of_different_shapes_are_told(tab):
    tab.open(**DIGITS, b="471,first/kerasig,people")
    assert tab.frame.locator(".pair").count() == 5
    third = tab.frame.locator(".pair >> nth=0").locator(".third").nth(2)
    assert "of different shapes" in third.inner_text()
    tab.open(**DIGITS, b="471,gone/kerasig,digits")
    assert "B: This run is not in the log directory" in tab.frame.inner_text(".notice")
    tab.open(**DIGITS)
    assert tab.frame.locator(".pair").count() == 8


def test_probes_that_no_view_has_shown_yet_are_compared_too(chromium, open_servers):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    # The view of one probe fetches what that probe has, at the step that is compared next.
    tab = Tab(context, open_servers["rust"].url, fragment="&p.kerasig.view=probe&p.kerasig.set=people")
    tab.open(view="compare", runs="first/kerasig", set="people", a="157,,")
    assert np.isfinite(facts(tab, "cosine")).tolist() == [True] * 5
    context.close()
