"""Back and forward in a real browser: which changes are places of their own, and that TensorBoard takes part."""

import pytest
from attributions_tab import Tab
from test_shell import DIGITS, chosen, wait_for_view


@pytest.fixture(scope="module")
def own_tab(open_tab, open_servers):
    """A tab of these tests alone: browsers keep fifty entries, and those of other tests would be counted."""
    found = Tab(open_tab("rust").page.context, open_servers["rust"].url)
    yield found
    found.page.close()


@pytest.fixture
def tab(own_tab):
    own_tab.begin()
    own_tab.open(runs="first/kerasig", set="digits")
    # Where there is no room for another entry, the oldest goes, and no number grows.
    assert entries(own_tab) < 40
    yield own_tab
    assert own_tab.problems == []


@pytest.fixture
def visited(tab):
    """The tab with a mark in its page and in its frame, which a reload of either would lose."""
    tab.page.evaluate("window.notReloaded = true")
    tab.frame.evaluate("window.notReloaded = true")
    yield tab
    assert tab.page.evaluate("window.notReloaded") is True
    assert tab.frame.evaluate("window.notReloaded") is True


def entries(tab):
    """How many entries the history has, once the address tells what is shown."""
    assert tab.url
    return tab.page.evaluate("history.length")


def back(tab):
    tab.page.evaluate("history.back()")


def forward(tab):
    tab.page.evaluate("history.forward()")


def test_back_and_forward_lead_through_views_and_probes(visited):
    tab = visited
    tab.frame.click(".card[data-probe='3'] .open")
    wait_for_view(tab, "probe")
    addresses = [tab.url]
    tab.frame.click("#tab-compare")
    wait_for_view(tab, "compare")
    addresses.append(tab.url)
    tab.page.keyboard.press("3")
    wait_for_view(tab, "probe")
    assert tab.url == addresses[0]
    back(tab)
    wait_for_view(tab, "compare")
    assert tab.url == addresses[1]
    back(tab)
    wait_for_view(tab, "probe")
    assert tab.url == addresses[0]
    back(tab)
    wait_for_view(tab, "gallery")
    forward(tab)
    wait_for_view(tab, "probe")
    assert "p.kerasig.probe=3" in tab.url
    forward(tab)
    wait_for_view(tab, "compare")
    assert tab.url == addresses[1]


def test_back_leads_to_the_page_as_it_is_without_any_choice(visited):
    tab = visited
    # TensorBoard's own address of the tab, as whoever opens it has; the page's choices stay.
    tab.page.evaluate("location.hash = '#kerasig'")
    tab.settle()
    tab.open(scale="all", view="overview")
    assert tab.url.endswith("#kerasig")
    tab.frame.click("#tab-timeline")
    wait_for_view(tab, "timeline")
    assert "view=timeline" in tab.url
    back(tab)
    wait_for_view(tab, "overview")
    assert tab.url.endswith("#kerasig")
    forward(tab)
    wait_for_view(tab, "timeline")


def test_sliders_keys_of_steps_and_typing_leave_no_entries(tab):
    tab.frame.click("#tab-probe")
    wait_for_view(tab, "probe")
    before = entries(tab)
    tab.frame.focus("#gamma")
    for _ in range(5):
        tab.page.keyboard.press("ArrowLeft")
    tab.frame.wait_for_function("parent.location.hash.includes('gamma=')")
    assert entries(tab) == before
    tab.frame.locator(".stage").first.hover()
    tab.frame.wait_for_selector(".readout dd")
    tab.frame.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("ArrowLeft")
    tab.wait_for_step(1570)
    assert entries(tab) == before
    tab.page.keyboard.press("2")
    wait_for_view(tab, "gallery")
    assert entries(tab) == before + 1
    tab.frame.fill(".find", "tagged")
    tab.frame.wait_for_function("parent.location.hash.includes('find=tagged')")
    assert entries(tab) == before + 1
    # What was chosen in a place is there again.
    back(tab)
    wait_for_view(tab, "probe")
    assert "gamma=" in tab.url
    assert tab.fact("step") == "1,570"


def test_turning_through_probes_is_one_entry(tab):
    tab.frame.click(".card[data-probe='1'] .open")
    wait_for_view(tab, "probe")
    before = entries(tab)
    for _ in range(4):
        tab.page.keyboard.press("j")
    tab.frame.wait_for_function("parent.location.hash.includes('probe=5')")
    assert entries(tab) == before + 1
    back(tab)
    tab.frame.wait_for_function("parent.location.hash.includes('probe=1')")
    tab.settle()
    assert tab.frame.locator(".which").input_value() == "1"


def test_alarms_step_is_left_by_back(tab):
    tab.open(**DIGITS, step=314)
    mark = tab.frame.locator(".mark").first
    mark.click()
    tab.frame.wait_for_function("!parent.location.hash.includes('step=314')")
    tab.settle()
    reached = tab.url
    back(tab)
    tab.wait_for_step(314)
    assert "step=314" in tab.url
    forward(tab)
    tab.frame.wait_for_function("(url) => parent.location.href === url", arg=reached)
    assert tab.url == reached


def test_back_crosses_tensorboards_other_tabs(visited):
    tab = visited
    tab.frame.click("#tab-compare")
    wait_for_view(tab, "compare")
    assert "p.kerasig.view=compare" in tab.url
    tab.page.evaluate("location.hash = '#timeseries'")
    tab.page.wait_for_function("document.querySelector('iframe')?.getBoundingClientRect().height === 0")
    back(tab)
    tab.page.wait_for_function("document.querySelector('iframe')?.getBoundingClientRect().height > 0")
    wait_for_view(tab, "compare")
    back(tab)
    wait_for_view(tab, "gallery")
    assert chosen(tab) == "gallery"
