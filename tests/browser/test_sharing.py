"""The link to what is shown: what the clipboard holds, and what is left where the browser refuses it."""

import pytest
from test_shell import DIGITS, wait_for_view

REFUSED = (
    "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')) }",
    "() => { document.execCommand = () => false }",
)
GIVEN_BACK = "() => { delete navigator.clipboard.writeText; delete document.execCommand }"


@pytest.fixture
def clipboard(tab):
    """Reads what was copied."""
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield lambda: tab.page.evaluate("navigator.clipboard.readText()")
    tab.page.context.clear_permissions()
    tab.frame.evaluate(GIVEN_BACK)


def wait_until_copied(tab):
    tab.frame.wait_for_selector(".sharing [role=status]:has-text('Link copied')")


def test_link_leads_to_what_is_shown_at_that_moment(tab, clipboard):
    tab.open(**DIGITS, view="probe", probe=3, step=942)
    # The address follows a moment later; the link does not wait for it.
    tab.frame.evaluate(
        "() => { document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true })) }"
    )
    tab.frame.locator("body").press("c")
    wait_until_copied(tab)
    assert "p.kerasig.step=785" in clipboard()
    assert clipboard() == tab.url


def test_link_opens_the_same_page_elsewhere(tab, clipboard):
    tab.open(**DIGITS)
    tab.frame.click(".card[data-probe='2'] .open")
    wait_for_view(tab, "probe")
    tab.frame.click(".sharing button")
    wait_until_copied(tab)
    other = tab.page.context.new_page()
    other.goto(clipboard())
    panel = other.frame_locator("iframe").locator("[role=tabpanel][data-view=probe]")
    panel.wait_for()
    assert "p.kerasig.probe=2" in other.url
    heading = panel.locator("h2").first
    heading.wait_for()
    assert heading.inner_text() == tab.frame.locator("[role=tabpanel] h2").first.inner_text()
    other.close()
    tab.page.bring_to_front()
    # It is said for a moment only.
    said = tab.once(lambda said: not said, "() => document.querySelector('.sharing [role=status]').textContent")
    assert said == ""


def test_link_is_copied_the_old_way_where_the_new_one_is_refused(tab, clipboard):
    tab.open(**DIGITS, view="timeline")
    tab.frame.evaluate(REFUSED[0])
    # The old way asks for a document that has the focus, which a window that another one has left gets back later.
    tab.frame.focus(".sharing button")
    tab.frame.wait_for_function("document.hasFocus()")
    tab.frame.click(".sharing button")
    wait_until_copied(tab)
    assert clipboard() == tab.url
    assert tab.frame.evaluate("document.activeElement.matches('.sharing button')")


def test_link_is_shown_selected_where_nothing_may_be_copied(tab, clipboard):
    tab.open(**DIGITS, view="compare")
    for refusal in REFUSED:
        tab.frame.evaluate(refusal)
    tab.frame.click(".sharing button")
    tab.frame.wait_for_selector("#link")
    assert tab.frame.input_value("#link") == tab.url
    assert (
        tab.frame.evaluate("(e => e.value.slice(e.selectionStart, e.selectionEnd))(document.activeElement)") == tab.url
    )
    tab.page.keyboard.press("Escape")
    tab.frame.wait_for_selector("#link", state="detached")
