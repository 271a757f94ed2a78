"""What nobody named: the view of the suspects, and where else they are mentioned."""

from collections.abc import Iterator

import pytest
from attributions_tab import Tab
from test_accessibility import serious
from test_saving import saved
from test_sharing import GIVEN_BACK, REFUSED
from write_hostile_log import NAMES
from write_hostile_suspects import write_hostile_suspects
from write_suspects_log import NONE, STEPS, write_suspects

TAGGED = {"runs": "tagged/kerasig", "view": "suspects"}
BOTH = {"runs": "tagged/kerasig,clean/kerasig,old/kerasig", "view": "suspects"}
KINDS = {
    "tagged": "canvas.image",
    "words": ".words",
    "table": ".bars",
    "series": "canvas.series",
    "graphs": "svg.graph",
}
YELLOW = (255, 225, 26)  # The first region's colour.


@pytest.fixture(scope="module")
def servers(chromium, tensorboard_server, tmp_path_factory):
    logdir = tmp_path_factory.mktemp("suspects")
    write_suspects(logdir)
    write_hostile_suspects(logdir)
    made = {
        "rust": tensorboard_server(logdir, load_fast=True),
        "python-prefix": tensorboard_server(logdir, load_fast=False, path_prefix="/a/b"),
    }
    for server in made.values():
        server.wait_until(lambda answer: len(answer["runs"]) >= 9 and all(map(_complete, answer["runs"])))
    return made


def _complete(run) -> bool:
    last = [found["last_step"] for found in [*run["sets"], *run["audits"]]]
    return last == [STEPS[-1]] * (1 if run["name"] == "old" else 2)


@pytest.fixture(scope="module", params=["rust", "python-prefix"])
def page(request, chromium, servers) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = Tab(context, servers[request.param].url)
    yield found
    context.close()


@pytest.fixture
def tab(page) -> Iterator[Tab]:
    page.begin()
    yield page
    assert page.problems == []


def rows(tab, of="tagged/kerasig"):
    return tab.frame.locator(f".audited[data-run='{of}'] > .suspect-table tbody tr").evaluate_all(
        "all => all.map((row) => [...row.children].map((cell) => cell.innerText.replaceAll('\\n', ' ')))"
    )


def title(tab) -> str:
    return tab.frame.inner_text("#suspect-title")


def test_the_sentence_stands_above_a_table_of_those_that_stand_clear(tab):
    tab.open(**TAGGED)
    assert tab.frame.inner_text(".audited .answer") == (
        "tagged: The network relies on rows 1 to 3, columns 1 to 3 in class 3."
    )
    assert "500 examples at step 60: 1,234 places were looked at, 3 of them tested" in tab.frame.inner_text(".told-of")
    first, second = rows(tab)
    assert first[:3] == ["rows 1 to 3, columns 1 to 3 window", "class 3", "55% 52% to 58%"]
    assert first[3] == "4.58\u00d7 4.28\u00d7 to 4.88\u00d7"
    assert first[5:] == ["71%", "0.04%", "40", "20"]
    assert second[1] == "all classes"


def test_what_moves_with_the_place_is_told_by_two_bars_in_proportion(tab):
    tab.open(**TAGGED)
    cell = tab.frame.locator("[data-suspect] >> nth=0").locator(".loss-of")
    own, random = (cell.nth(i).locator("i").bounding_box()["width"] for i in range(2))
    assert random / own == pytest.approx(0.025 / 0.62, abs=0.02)
    assert [cell.nth(i).locator("b").inner_text() for i in range(2)] == ["62%", "2.5%"]
    losses = tab.frame.locator(".suspect .loss dt").all_inner_texts()
    assert losses == ["lost without it", "brought into others", "matched places, mean", "the most at one of them"]
    told = tab.frame.locator(".suspect .loss dd.number").all_inner_texts()
    assert told == ["62%", "55%", "2.5%", "5%"]


def test_without_suspects_a_sentence_says_so_and_there_is_no_table(tab):
    tab.open(**{**TAGGED, "runs": "clean/kerasig"})
    assert tab.frame.inner_text(".audited .answer") == f"clean: {NONE}"
    assert "1,234 places were looked at" in tab.frame.inner_text(".told-of")
    assert rows(tab, "clean/kerasig") == []
    assert tab.frame.locator("article.suspect").count() == 0


def test_what_was_tested_and_is_none_is_folded_and_grey(tab):
    tab.open(**TAGGED)
    folded = tab.frame.locator("details.tested")
    assert folded.locator("summary").inner_text() == "1 tested that does not stand clear"
    assert not folded.locator("table").is_visible()
    folded.locator("summary").click()
    assert folded.locator("tbody th").inner_text().startswith("rows 6 to 8, columns 5 to 7")
    assert folded.locator("button.open").count() == 0
    colors = [
        tab.frame.locator(selector).evaluate("(cell) => getComputedStyle(cell).color")
        for selector in ("details.tested tbody th", ".told-of")
    ]
    assert colors[0] == colors[1]


@pytest.mark.parametrize("run", KINDS)
def test_examples_of_every_kind_are_drawn_with_the_place_marked(tab, run):
    tab.open(view="suspects", runs=f"{run}/kerasig")
    examples = tab.frame.locator(".examples figure")
    assert examples.count() >= 4
    for i in range(examples.count()):
        assert examples.nth(i).locator(KINDS[run]).count() == 1
    if run in ("tagged", "series"):
        for selector in (".mean-of canvas", ".examples canvas"):
            assert _has_color(tab.pixels(selector), YELLOW), selector
    if run == "words":
        marked = examples.locator(".token[title*='in region']").all_inner_texts()
        assert marked == ["okapi"] * examples.count()
    if run == "graphs":
        nodes = examples.evaluate_all(
            "all => all.map((one) => [...one.querySelectorAll('g')].findIndex((node) => node.querySelector('.marked')))"
        )
        assert nodes == list(range(examples.count()))
    if run == "table":
        # Also where the column is not among the largest.
        for i in range(examples.count()):
            assert examples.nth(i).locator(".bar:has(.dot) .feature").inner_text() == "leak"


def _has_color(pixels, color) -> bool:
    return any(all(abs(pixels[i + c] - color[c]) < 40 for c in range(3)) for i in range(0, len(pixels), 4))


def test_a_mean_map_is_outlined_where_the_place_lies(tab):
    tab.open(**TAGGED)
    canvas = tab.frame.locator(".mean-of canvas")
    width, height = canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    pixels = tab.pixels(".mean-of canvas")
    yellow = [
        ((i // 4) % width / width, (i // 4) // width / height)
        for i in range(0, len(pixels), 4)
        if all(abs(pixels[i + c] - YELLOW[c]) < 40 for c in range(3))
    ]
    xs, ys = zip(*yellow, strict=True)
    for places in (xs, ys):  # The box is from the second to the fourth of twelve pixels, on both axes.
        assert min(places) == pytest.approx(1 / 12, abs=0.03)
        assert max(places) == pytest.approx(4 / 12, abs=0.03)


def test_a_chosen_suspect_is_in_the_address_and_back_leads_to_the_one_before(tab):
    tab.open(**TAGGED)
    assert title(tab).endswith("in class 3")
    tab.frame.click("[data-suspect] >> nth=1 >> button")
    tab.frame.wait_for_selector("#suspect-title:has-text('in all classes')")
    assert "p.kerasig.suspect=tagged/kerasig,all%20classes" in tab.url
    tab.page.evaluate("history.back()")
    tab.frame.wait_for_selector("#suspect-title:has-text('in class 3')")
    tab.page.evaluate("history.forward()")
    tab.frame.wait_for_selector("#suspect-title:has-text('in all classes')")
    address = tab.url
    other = tab.page.context.new_page()
    other.goto(address)
    other.frame_locator("iframe").locator("#suspect-title:has-text('in all classes')").wait_for()
    other.close()
    tab.page.bring_to_front()


def test_it_is_operated_by_keys_alone(tab):
    tab.open(**{**TAGGED, "view": "gallery"})
    tab.page.keyboard.press("7")
    tab.frame.wait_for_selector("[data-view=suspects] #suspect-title")
    tab.page.keyboard.press("j")
    tab.frame.wait_for_selector("#suspect-title:has-text('in all classes')")
    tab.page.keyboard.press("k")
    tab.frame.wait_for_selector("#suspect-title:has-text('in class 3')")
    tab.frame.focus("[data-suspect] >> nth=1 >> button")
    tab.page.keyboard.press("Enter")
    tab.frame.wait_for_selector("#suspect-title:has-text('in all classes')")
    pressed = tab.frame.locator("[data-suspect] button").evaluate_all("all => all.map((one) => one.ariaPressed)")
    assert pressed == ["false", "true"]
    assert tab.frame.evaluate("document.activeElement.ariaPressed") == "true"


def test_the_audit_that_is_shown_follows_the_step(tab):
    tab.open(**TAGGED, step=0)
    assert tab.frame.inner_text(".audited .answer") == f"tagged: {NONE}"
    assert "at step 0: 1,234 places were looked at; none had to be tested" in tab.frame.inner_text(".told-of")
    tab.frame.locator("body").press("ArrowRight")
    tab.wait_for_step(20)
    tab.frame.wait_for_selector(".told-of:has-text('at step 20')")
    assert len(rows(tab)) == 1
    tab.frame.locator("body").press("End")
    tab.wait_for_step(60)
    tab.frame.wait_for_selector("[data-suspect] >> nth=1")


def test_when_it_came_is_drawn_over_the_audits_and_a_click_goes_to_one(tab):
    tab.open(**TAGGED)
    chart = tab.frame.locator("[data-chart=share] .chart")
    label = chart.get_attribute("aria-label")
    assert label.startswith("share over the audits: 6% at step 0, 22.3% at step 20, 38.7% at step 40, 55% at step 60")
    emphasis = tab.frame.get_attribute("[data-chart=emphasis] .chart", "aria-label")
    assert "at step 20" in emphasis
    assert "at step 0," not in emphasis  # There was none to be compared with.
    assert tab.frame.locator("[data-chart=share] .suspected title").text_content() == "Stood clear first at step 20"
    box = chart.bounding_box()
    chart.click(position={"x": 40 + (box["width"] - 52) * 20 / 60, "y": 40})
    tab.wait_for_step(20)
    tab.frame.wait_for_selector(".told-of:has-text('at step 20')")


def test_watch_this_copies_the_line_of_code(tab):
    tab.open(**TAGGED)
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.frame.click(".watch button")
    tab.frame.wait_for_selector(".watch [role=status]:has-text('Copied')")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied == "regions={'suspect': mask}, alarms=[kerasig.alarms.RegionLift('suspect')]"
    assert tab.frame.inner_text(".watch code") == copied
    tab.frame.wait_for_selector(".watch [role=status]:empty", state="attached")
    tab.page.context.clear_permissions()
    for refuse in REFUSED:
        tab.frame.evaluate(refuse)
    tab.frame.click(".watch button")
    tab.frame.wait_for_selector(".watch [role=status]:has-text('does not let the page copy')")
    tab.frame.evaluate(GIVEN_BACK)


def test_each_run_has_its_own_and_one_without_an_audit_is_named(tab):
    tab.open(**BOTH)
    sentences = tab.frame.locator(".audited .answer").all_inner_texts()
    assert sentences == [f"clean: {NONE}", "tagged: The network relies on rows 1 to 3, columns 1 to 3 in class 3."]
    assert tab.frame.locator(".suspects > p.muted").inner_text() == "No audit was logged by old."
    assert tab.frame.locator(".audited[data-run='tagged/kerasig'] article.suspect").count() == 1
    assert tab.frame.locator("article.suspect").count() == 1


def test_logs_without_audits_say_how_to_ask_for_one_where_it_is_asked_for(tab):
    tab.open(**{**TAGGED, "runs": "old/kerasig"})
    text = tab.frame.inner_text(".unasked")
    assert "kerasig.Audit(x_train, y_train)" in text
    assert "audit=audit" in text


def test_the_view_is_not_listed_where_no_run_was_audited(open_tab):
    tab = open_tab("rust")
    tab.begin()
    tab.open(runs="first/kerasig", set="digits")
    assert tab.frame.locator("#tab-compare").count() == 1
    assert tab.frame.locator("#tab-suspects").count() == 0
    assert tab.problems == []


def test_the_overview_has_a_line_that_leads_to_the_view(tab):
    tab.open(**{**BOTH, "view": "overview"})
    line = tab.frame.locator(".suspect-line[data-run='tagged/kerasig']")
    line.wait_for()
    assert line.inner_text().startswith(
        "tagged at step 60: 2 suspects stand clear: rows 1 to 3, columns 1 to 3 in class 3 and rows 1 to 3, "
    )
    assert tab.frame.locator(".suspect-line.quiet").count() == 1
    line.locator("button").click()
    tab.frame.wait_for_selector("[data-view=suspects] article.suspect")
    tab.frame.wait_for_function("document.activeElement?.id === 'tab-suspects'")


@pytest.mark.parametrize("view", ["gallery", "timeline"])
def test_charts_mark_where_a_suspect_first_stood_clear(tab, view):
    tab.open(**{**TAGGED, "view": view})
    tab.frame.wait_for_selector(".chart .suspected")
    titles = tab.frame.locator(".chart >> nth=0").locator(".suspected title").all_text_contents()
    assert titles == [
        "Suspect at step 20: rows 1 to 3, columns 1 to 3 in class 3\n"
        "Suspect at step 20: rows 1 to 3, columns 1 to 3 in all classes"
    ]


def test_an_audit_that_cannot_be_read_is_told_in_its_place(tab):
    tab.open(**{**TAGGED, "runs": "unreadable/kerasig"}, step=20)
    assert "The header of an audit is cut or corrupt" in tab.frame.inner_text(".audited .answer")
    assert tab.frame.locator("article.suspect").count() == 0
    tab.open(**{**TAGGED, "runs": "unreadable/kerasig"}, step=40)
    assert "Picture 0 of an audit is cut" in tab.frame.inner_text("article.suspect .warning")


def test_hostile_names_are_only_text(tab):
    tab.open(view="suspects", runs="hostile suspects/kerasig")
    assert tab.frame.locator("[data-suspect]").count() == len(NAMES)
    for i in range(len(NAMES)):
        tab.frame.click(f"[data-suspect] >> nth={i} >> button")
        tab.frame.wait_for_selector(f"[data-suspect] >> nth={i} >> [aria-pressed=true]")
    assert tab.frame.evaluate("window.pwned === undefined && window.parent.pwned === undefined")
    wide = tab.frame.evaluate(
        "document.querySelector('.content').scrollWidth - document.querySelector('.content').clientWidth"
    )
    assert wide <= 0


@pytest.mark.parametrize("width", [900, 1280, 1920, 2560])
def test_it_fits_into_every_window(tab, width):
    before = tab.page.viewport_size
    tab.page.set_viewport_size({"width": width, "height": 900})
    try:
        for run in KINDS:
            tab.open(view="suspects", runs=f"{run}/kerasig")
            for selector in (".content", ".suspect-table", "article.suspect"):
                more = tab.frame.locator(selector).first.evaluate("(box) => box.scrollWidth - box.clientWidth")
                assert more <= 0, (run, selector)
            _apart(tab, ".reasons > *")
            _apart(tab, ".examples > *")
    finally:
        tab.page.set_viewport_size(before)


def _apart(tab, selector) -> None:
    """What lies beside each other does not reach into each other."""
    boxes = tab.frame.locator(selector).evaluate_all(
        "all => all.map((one) => {"
        " const inner = [...one.querySelectorAll('*'), one].map((e) => e.getBoundingClientRect());"
        " const box = one.getBoundingClientRect();"
        " return [box.left, box.top, Math.max(...inner.map((r) => r.right)), box.bottom] })"
    )
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = right <= other[0] + 1 or other[2] <= left + 1 or bottom <= other[1] + 1 or other[3] <= top + 1
            assert apart, (selector, boxes)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("run", [*KINDS, "clean", "old", "unreadable"])
def test_it_has_no_serious_violation(tab, run, dark):
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
    tab.open(view="suspects", runs=f"{run}/kerasig")
    for summary in tab.frame.locator("details.tested summary").all():
        summary.click()
    found = serious(tab)
    tab.page.evaluate("document.body.classList.remove('dark-mode')")
    assert found == []


def test_each_term_tells_what_it_is(tab):
    tab.open(**TAGGED)
    heads = tab.frame.locator(".suspect-table >> nth=0").locator("thead .about")
    assert heads.count() == 9
    heads.nth(4).click()
    sheet = tab.frame.locator("#about")
    assert "How much of the class's lead in score over the other classes" in sheet.inner_text()
    assert sheet.locator("a").get_attribute("href").endswith("definitions.html#suspects")
    tab.page.keyboard.press("Escape")


def test_the_view_is_saved_as_numbers(tab):
    tab.open(**TAGGED)
    lines = saved(tab, "csv").decode().splitlines()
    assert lines[0].startswith("run,step,stands clear,where,kind of place,in,examples,share")
    assert len(lines) == 4
    assert lines[1].startswith('tagged,60,yes,"rows 1 to 3, columns 1 to 3",window,class 3,40,0.55')
