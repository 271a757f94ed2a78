"""Screenshots of every view for people to look at: `pytest tests/browser --screenshots DIR`."""

from pathlib import Path

import pytest

VIEWS = {
    "images": {"runs": "first/kerasig", "set": "digits"},
    "two runs": {"runs": "first/kerasig,second/kerasig", "set": "digits"},
    "alarms": {"runs": "first/kerasig,second/kerasig", "set": "digits", "step": 1413},
    "tokens": {"runs": "first/kerasig", "set": "questions"},
    "tabular": {"runs": "first/kerasig", "set": "people"},
    "series": {"runs": "first/kerasig", "set": "waves"},
    "probe image": {"runs": "first/kerasig", "set": "digits", "view": "probe", "probe": 3, "pins": "3:digits"},
    "probe tokens": {"runs": "first/kerasig", "set": "questions", "view": "probe"},
    "probe tabular": {"runs": "first/kerasig", "set": "people", "view": "probe"},
    "probe series": {"runs": "first/kerasig", "set": "waves", "view": "probe"},
    "path": {"runs": "first/kerasig", "set": "digits", "view": "path", "probe": 3, "alpha": 0.3},
    "path two runs": {"runs": "first/kerasig,second/kerasig", "set": "digits", "view": "path", "alpha": 0.1},
}


@pytest.mark.parametrize("view", VIEWS)
def test_view_is_photographed_in_both_themes(request, view):
    folder = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("only with --screenshots DIR")
    tab = request.getfixturevalue("tab")
    Path(folder).mkdir(parents=True, exist_ok=True)
    tab.open(**VIEWS[view])
    if "view" not in VIEWS[view]:
        tab.wait_for_charts()
    files = [Path(folder) / f"{view.replace(' ', '-')}-{theme}.png" for theme in ("dark", "light")]
    for theme, file in zip(("dark", "light"), files, strict=True):
        tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", theme == "dark")
        tab.page.wait_for_timeout(600)  # The charts follow after the page.
        tab.page.screenshot(path=file)
    dark, light = (file.read_bytes() for file in files)
    assert dark.startswith(b"\x89PNG")
    assert dark != light
