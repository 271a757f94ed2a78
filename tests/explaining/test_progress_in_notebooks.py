"""The bar in a notebook: that of Jupyter where its widgets are installed, text where they are not, and no warning."""

import pytest

SHOWN = """
import sys
{hidden}
from kerasig._explaining import progress
with progress.told(True, 3) as update:
    update(3)
"""


@pytest.mark.slow
def test_the_bar_of_a_notebook_needs_no_widgets_and_takes_them_where_they_are():
    nbclient = pytest.importorskip("nbclient")
    for package in ("ipykernel", "ipywidgets"):
        pytest.importorskip(package)
    from nbformat import v4

    hidden = 'sys.modules["ipywidgets"] = None'
    cells = [
        v4.new_code_cell(SHOWN.format(hidden=hidden)),
        v4.new_code_cell(SHOWN.format(hidden='del sys.modules["ipywidgets"]')),
    ]
    ran = nbclient.execute(v4.new_notebook(cells=cells), timeout=60, kernel_name="python3")
    plain, with_widgets = (cell.outputs for cell in ran.cells)
    text = "".join(output.get("text", "") for output in plain)
    assert "3/3" in text
    assert "Warning" not in text
    assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in with_widgets)
