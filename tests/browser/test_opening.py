import pytest

PLACES = {"rust": False, "python-prefix": True}
EMPTY = {"rust-prefix-empty": True, "python-empty": False}
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(48, 48, 48)"


def background(tab):
    return tab.frame.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(("server", "dark"), PLACES.items())
def test_page_opens_with_data_under_either_loader_and_prefix(open_tab, server, dark):
    tab = open_tab(server, dark=dark)
    tab.open(runs="first/kerasig", set="digits")
    assert tab.frame.locator(".card").count() == 8
    assert tab.frame.inner_text(".card h3 .name >> nth=0") == "tagged 1"
    assert tab.fact("step") == "1,727"
    assert background(tab) == (DARK if dark else LIGHT)
    tab.wait_for_charts()
    assert tab.problems == []


@pytest.mark.parametrize(("server", "dark"), EMPTY.items())
def test_page_without_data_says_how_to_log(open_tab, server, dark):
    tab = open_tab(server, dark=dark)
    assert tab.settle() == "empty"
    assert "kerasig.IGCallback(probes" in tab.frame.inner_text("pre")
    assert background(tab) == (DARK if dark else LIGHT)
    assert tab.problems == []


def test_theme_follows_tensorboards_switch(tab):
    assert background(tab) == LIGHT
    tab.page.evaluate("document.body.classList.add('dark-mode')")
    tab.frame.wait_for_function("document.documentElement.classList.contains('dark')")
    assert background(tab) == DARK
    tab.page.evaluate("document.body.classList.remove('dark-mode')")
    tab.frame.wait_for_function("!document.documentElement.classList.contains('dark')")


def test_hidden_frame_counts_as_hidden(tab):
    assert tab.module("host.js", "(host) => host.isVisible()")
    tab.page.evaluate("document.querySelector('iframe').style.height = '0px'")
    assert not tab.module("host.js", "(host) => host.isVisible()")
    tab.page.evaluate("document.querySelector('iframe').style.height = ''")
    tab.frame.wait_for_function("innerHeight > 0")


def test_every_control_has_a_name(tab):
    nameless = tab.frame.evaluate(
        """() => [...document.querySelectorAll("button, select, input, canvas, [tabindex]")].filter((element) =>
            !(element.getAttribute("aria-label") || element.textContent.trim() || element.closest("label")
              || document.querySelector(`label[for="${element.id}"]`))).map((element) => element.outerHTML)"""
    )
    assert nameless == []


def test_colour_map_is_symmetric_and_neutral_at_zero(tab):
    colors = tab.module(
        "color.js",
        """({ shade }) => {
            const at = (value) => { const out = [0, 0, 0, 0]; shade(value, 2, out); return out };
            return { zero: at(0), nan: at(NaN), pairs: [0.1, 0.5, 1, 2, 9].map((v) => [at(v), at(-v)]) };
        }""",
    )
    assert colors["zero"][3] == colors["nan"][3] == 0
    for positive, negative in colors["pairs"]:
        assert positive[3] == negative[3] > 0
        assert positive[0] > positive[2]
        assert negative[0] < negative[2]
    assert colors["pairs"][-1] == colors["pairs"][-2]
