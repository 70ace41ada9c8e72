"""Reports: everything a record holds is shown, nothing in it is believed, and nothing is hidden."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.record import read_record
from reports import tables
from reports.compare import diffs
from reports.page import data_of, render
from reports.sections import names_of, summaries
from reports.tables import build
from reports.verdicts import VERDICTS
from tests import browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

Row = dict[str, Any]
PASS: Row = {"verdict": "pass", "error_over_bound": 0.25}
FAIL: Row = {
    "verdict": "fail",
    "message": "x.grad differs first at [1]: 2.0 instead of 3.0",
    "expected": "[1.0, 3.0]",
    "actual": "[1.0, 2.0]",
    "reproducer": "import torch\n\nx = torch.ones(2, requires_grad=True)\ny = torch.mul(x, x)\n",
}


def header(**given: Any) -> Row:
    return {
        "kind": "header",
        "format": 1,
        "started": "2026-01-01T00:00:00+00:00",
        "subject": "refimpl",
        "subject_version": "0.1.0",
        "oracle": "torch",
        "oracle_version": "2.13.0",
        "device": "cpu",
        **given,
    }


def case(name: str, verdicts: dict[str, Row], **given: Any) -> Row:
    return {
        "kind": "case",
        "id": f"{name}/float64/0a0a0a",
        "source": "catalog",
        "op": name,
        "dtype": "float64",
        "title": None,
        "text": f"y = torch.{name}(x, x)\n",
        "verdicts": verdicts,
        **given,
    }


def footer(*cases: Row) -> Row:
    counts: dict[str, int] = {}
    for row in cases:
        for verdict in row["verdicts"].values():
            counts[verdict["verdict"]] = counts.get(verdict["verdict"], 0) + 1
    return {
        "kind": "footer",
        "finished": "2026-01-01T00:01:00+00:00",
        "seconds": 60,
        "counts": counts,
    }


def write(path: Path, *rows: Row) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def complete(path: Path, *cases: Row, **given: Any) -> Path:
    return write(path, header(**given), *cases, footer(*cases))


def report(*paths: Path) -> tables.Report:
    return build(read_record(path) for path in paths)


def page(*paths: Path) -> str:
    return render(report(*paths))


def problems(*paths: Path) -> list[str]:
    return report(*paths).problems


# What a record says, the page says


def test_the_summary_counts_comparisons_by_verdict(tmp_path: Path) -> None:
    path = complete(
        tmp_path / "run.jsonl",
        case("mul", {"value": PASS, "grad": FAIL}),
        case("add", {"value": PASS, "grad": {"verdict": "unsupported", "reason": "no torch.add"}}),
    )
    (summary,) = summaries(report(path).columns)
    assert summary.sentence == (
        "refimpl 0.1.0 against torch 2.13.0 on cpu: 2 operations and programs, 2 cases, "
        "4 comparisons; 50.0 % pass; 1 fail, 1 are unsupported; failures in 1 of 2."
    )
    assert summary.clean == 1


@pytest.mark.parametrize(("passing", "share"), [(999, "99.9 %"), (9999, "99.9 %"), (None, "100 %")])
def test_a_hundred_percent_is_all_of_them(passing: int | None, share: str, tmp_path: Path) -> None:
    rows = {f"facet {n}": PASS for n in range(passing or 5)} | ({"grad": FAIL} if passing else {})
    (summary,) = summaries(report(complete(tmp_path / "run.jsonl", case("mul", rows))).columns)
    assert summary.share == share


@pytest.mark.parametrize("verdict", [verdict.name for verdict in VERDICTS])
def test_every_verdict_has_a_symbol_beside_its_colour(verdict: str, tmp_path: Path) -> None:
    path = complete(tmp_path / "run.jsonl", case("mul", {"grad": {"verdict": verdict}}))
    symbol = next(row.symbol for row in VERDICTS if row.name == verdict)
    assert f'<span class="v-{verdict}">{symbol}</span></button>' in page(path)


def test_symbols_and_letters_of_verdicts_are_distinct() -> None:
    assert len({row.symbol for row in VERDICTS}) == len({row.code for row in VERDICTS}) == 8


def test_where_cases_of_an_op_disagree_the_worst_is_shown(tmp_path: Path) -> None:
    path = complete(
        tmp_path / "run.jsonl",
        case("mul", {"grad": PASS}),
        case("mul", {"grad": FAIL}, id="mul/int64/0b0b0b", dtype="int64"),
    )
    (row,) = data_of(report(path))["rows"]
    assert row["cells"]["0"]["counts"] == [{"f": 1, "p": 1}]
    assert row["cells"]["0"]["groups"] == [
        ["catalog", "float64", 1, "p"],
        ["catalog", "int64", 1, "f"],
    ]
    assert 'aria-label="mul: fail: grad"' in page(path)


def test_reasons_findings_and_timings_have_their_sections(tmp_path: Path) -> None:
    found = case(
        "sum",
        {
            "value": {**PASS, "finding": "torch is 4 times its bound from the truth"},
            "grad": {"verdict": "xfail", "reason": "another order of summation"},
            "print": {"verdict": "not-run", "reason": "the oracle has no repr"},
        },
    )
    path = write(
        tmp_path / "run.jsonl",
        header(),
        {"kind": "not-run", "what": "torch:cuda", "reason": "no CUDA device"},
        {"kind": "benchmark", "workload": "w1", "what": "sum of 5x5", "subject_us": 10.0,
         "oracle_us": 20.0, "ratio": 0.5, "ratio_min": 0.4, "ratio_max": 0.7, "rounds": 50},
        found,
        footer(found),
    )  # fmt: skip
    text = page(path)
    for shown in (
        "torch is 4 times its bound from the truth",
        "another order of summation",
        "the oracle has no repr",
        "no CUDA device",
        "sum of 5x5",
        "<b>0.50</b>",
    ):
        assert shown in text
    assert "another one" not in text


def test_programs_keep_their_order_and_their_chapter(tmp_path: Path) -> None:
    order = [("tutorial", "zero"), ("modes", "b"), ("tutorial", "one"), ("modes", "a")]
    rows = [
        case(f"case{n}", {"value": PASS}, op=None, dtype=None, source=chapter, title=title)
        for n, (chapter, title) in enumerate(order)
    ]
    keys = [row.key for row in report(complete(tmp_path / "run.jsonl", *rows)).rows]
    assert [(key.chapter, key.name) for key in keys] == [
        ("tutorial", "zero"),
        ("tutorial", "one"),
        ("modes", "b"),
        ("modes", "a"),
    ]


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first = complete(tmp_path / "a.jsonl", case("mul", {"value": PASS, "grad": FAIL}))
    other = complete(tmp_path / "b.jsonl", case("mul", {"value": FAIL}), oracle_version="2.15.0")
    pages = set()
    for seed in ("1", "2"):
        out = tmp_path / f"{seed}.html"
        subprocess.run(
            [sys.executable, "-m", "reports", str(first), str(other), "-o", str(out)],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        pages.add(out.read_bytes())
    assert len(pages) == 1


# Nothing in a record is markup

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u2028"


def test_text_of_a_record_is_never_markup(tmp_path: Path) -> None:
    hostile = case(
        HOSTILE,
        {HOSTILE: {**FAIL, "message": HOSTILE, "expected": HOSTILE, "reproducer": HOSTILE,
                   "finding": HOSTILE}},
        dtype=HOSTILE, source=HOSTILE, text=HOSTILE,
    )  # fmt: skip
    program = case("p", {"value": {"verdict": "xfail", "reason": HOSTILE}}, op=None, title=HOSTILE)
    path = write(
        tmp_path / "run.jsonl",
        header(subject=HOSTILE, flags={HOSTILE: HOSTILE}),
        {"kind": "not-run", "what": HOSTILE, "reason": HOSTILE},
        {
            "kind": "benchmark",
            "workload": HOSTILE,
            "what": HOSTILE,
            "subject_us": 1.0,
            "ratio": 1.0,
        },
        hostile,
        program,
    )
    text = page(path)
    assert text.count("<script") == text.count("</script>") == 2
    assert "<img" not in text
    assert "&lt;img src=x" in text


def test_the_data_block_reads_back_exactly(tmp_path: Path) -> None:
    path = complete(tmp_path / "run.jsonl", case(HOSTILE, {"grad": {**FAIL, "message": HOSTILE}}))
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page(path), re.S)
    assert block is not None
    assert "<" not in block[1]
    data = json.loads(block[1])
    assert data["rows"][0]["name"] == HOSTILE
    assert HOSTILE in data["texts"]


def test_a_page_asks_the_network_for_nothing(tmp_path: Path) -> None:
    text = page(complete(tmp_path / "run.jsonl", case("mul", {"grad": FAIL})))
    assert "default-src 'none'" in text
    assert set(re.findall(r'(?:src|href)="(.)', text)) == {"#"}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|https?://", text)


# What is missing or broken is said first, and the rest is shown


def test_a_record_without_footer_is_of_a_run_that_died(tmp_path: Path) -> None:
    path = write(tmp_path / "run.jsonl", header(), case("mul", {"value": PASS}))
    (problem,) = problems(path)
    assert problem.startswith(f"{path}: no footer, so the run died after 1 cases")
    assert page(path).index("no footer") < page(path).index('id="summary"')


def test_a_truncated_line_costs_that_line_alone(tmp_path: Path) -> None:
    path = complete(
        tmp_path / "run.jsonl", case("mul", {"value": PASS}), case("add", {"value": PASS})
    )
    path.write_bytes(path.read_bytes()[:-30])
    cut, dead = problems(path)
    assert cut == (
        f"{path}, line 4: the line is cut off; the run died while writing it; repeat the run"
    )
    assert "no footer" in dead
    assert [row.key.name for row in report(path).rows] == ["add", "mul"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "not JSON"),
        ("[1, 2]", "no known kind of line: None"),
        ('{"kind":"case","id":7,"verdicts":{}}', "the case's id is 7, it should be text"),
        ('{"kind":"case","id":"a","verdicts":3}', "a has no verdicts"),
        ('{"kind":"case","id":"a","verdicts":{"grad":{"verdict":"good"}}}', "'good' is none of"),
        ('{"kind":"case","id":"a","verdicts":{"grad":{"verdict":[]}}}', "[] is none of"),
        ('{"kind":"case","id":"a","verdicts":{"grad":null}}', "None is none of"),
    ],
)
def test_a_malformed_line_is_named_and_the_rest_is_shown(
    line: str, says: str, tmp_path: Path
) -> None:
    good = case("mul", {"value": PASS})
    path = complete(tmp_path / "run.jsonl", good)
    path.write_text(path.read_text().replace("\n", f"\n{line}\n", 1), encoding="utf-8")
    (problem,) = problems(path)
    assert str(path) in problem
    assert says in problem
    assert [row.key.name for row in report(path).rows] == ["mul"]
    assert says.replace("'", "&#39;") in page(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\n\n", b'{"kind":"header"}\n'])
def test_a_file_that_is_no_record_gives_a_page_that_says_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    assert any("there is no header line" in problem for problem in problems(path))
    assert "there is no header line" in page(path)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reports", str(tmp_path / "none.jsonl")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"cannot read {tmp_path / 'none.jsonl'}: No such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_stands_for_its_records_and_an_empty_one_is_an_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reports", str(tmp_path), "-o", str(tmp_path / "out.html")]
    empty = subprocess.run(command, capture_output=True, text=True, check=False)
    assert empty.returncode == 2
    assert f"no .jsonl file in {tmp_path}" in empty.stderr
    complete(tmp_path / "a.jsonl", case("mul", {"value": PASS}))
    complete(tmp_path / "b.jsonl", case("mul", {"value": PASS}), device="cuda")
    full = subprocess.run(command, capture_output=True, text=True, check=True)
    assert full.stdout.count("1 cases") == 2
    assert full.stdout.splitlines()[-1] == str(tmp_path / "out.html")


def test_lines_that_are_fewer_than_the_footer_counts_are_missed(tmp_path: Path) -> None:
    kept, lost = case("mul", {"value": PASS}), case("add", {"value": PASS})
    path = write(tmp_path / "run.jsonl", header(), kept, footer(kept, lost))
    (problem,) = problems(path)
    assert "its footer counts 2 x pass, its lines hold 1" in problem


# Several records


def test_records_of_one_pairing_are_merged(tmp_path: Path) -> None:
    a = complete(tmp_path / "a.jsonl", case("mul", {"value": PASS}))
    b = complete(tmp_path / "b.jsonl", case("add", {"value": PASS}))
    merged = report(a, b)
    assert len(merged.columns) == 1
    assert [row.key.name for row in merged.rows] == ["add", "mul"]
    assert merged.problems == []


def test_a_record_is_called_by_its_name_where_that_tells_it_apart(tmp_path: Path) -> None:
    a = complete(tmp_path / "a.jsonl", case("mul", {"value": PASS}))
    b = complete(tmp_path / "b.jsonl", case("add", {"value": PASS}))
    (tmp_path / "other").mkdir()
    c = complete(tmp_path / "other" / "a.jsonl", case("sub", {"value": PASS}))
    assert names_of([read_record(a), read_record(b)]) == ["a.jsonl", "b.jsonl"]
    assert names_of([read_record(a), read_record(c)]) == [str(a), str(c)]


def test_the_later_run_of_a_case_counts_and_that_is_said(tmp_path: Path) -> None:
    late = complete(tmp_path / "a.jsonl", case("mul", {"value": PASS}), started="2026-02-02")
    early = complete(tmp_path / "b.jsonl", case("mul", {"value": FAIL}), started="2026-01-01")
    merged = report(late, early)
    assert merged.columns[0].counts() == {"pass": 1}
    assert "1 cases were recorded twice" in merged.problems[0]


def test_devices_are_columns_of_their_own(tmp_path: Path) -> None:
    a = complete(tmp_path / "a.jsonl", case("mul", {"value": PASS}))
    b = complete(tmp_path / "b.jsonl", case("mul", {"value": FAIL}), device="cuda")
    both = report(a, b)
    assert [column.pairing.device for column in both.columns] == ["cpu", "cuda"]
    assert list(diffs(both.columns)) == []


def test_a_diff_names_what_changed_from_version_to_version(tmp_path: Path) -> None:
    old = complete(
        tmp_path / "old.jsonl",
        case("clamp", {"value": PASS, "grad": PASS}),
        case("ger", {"value": FAIL}),
        case("gone", {"value": PASS}),
        case("mul", {"value": FAIL}),
        case("add", {"value": PASS}),
    )
    new = complete(
        tmp_path / "new.jsonl",
        case("clamp", {"value": PASS, "grad": FAIL}),
        case("ger", {"value": PASS}),
        case("mul", {"value": {**FAIL, "expected": "[9.0]"}}),
        case("add", {"value": PASS}),
        oracle_version="2.14.1",
    )
    (diff,) = diffs(report(new, old).columns)
    assert diff.title == "torch 2.13.0 → 2.14.1: refimpl against torch on cpu"
    assert [(c.row.name, c.direction, dict(c.facets)) for c in diff.changes] == [
        ("clamp", "worse", {"grad": 1}),
        ("mul", "different", {"value": 1}),
        ("ger", "better", {"value": 1}),
    ]
    assert (diff.compared, diff.only_before, diff.only_after) == (4, 1, 0)
    assert [change.said for change in diff.changes] == [FAIL["message"]] * 3
    assert "<h3>torch 2.13.0 → 2.14.1" in page(new, old)


def test_the_torch_of_another_interpreter_is_a_torch(tmp_path: Path) -> None:
    old = complete(
        tmp_path / "old.jsonl",
        case("mul", {"value": PASS}),
        oracle="python:elsewhere/bin/python",
        oracle_version="1.0.0",
    )
    new = complete(tmp_path / "new.jsonl", case("mul", {"value": FAIL}))
    (diff,) = diffs(report(old, new).columns)
    assert diff.title == "torch 1.0.0 → 2.13.0: refimpl against torch on cpu"


def test_versions_are_compared_in_their_order_not_in_that_of_letters(tmp_path: Path) -> None:
    paths = [
        complete(tmp_path / f"{v}.jsonl", case("mul", {"value": PASS}), oracle_version=v)
        for v in ("2.15.0", "1.13.1", "2.9.1", "2.13.0+cpu")
    ]
    titles = [diff.title.split(":")[0] for diff in diffs(report(*paths).columns)]
    assert titles == [
        "torch 1.13.1 → 2.9.1",
        "torch 2.9.1 → 2.13.0+cpu",
        "torch 2.13.0+cpu → 2.15.0",
    ]


# Size

OPS, CASES_PER_OP = 500, 40


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 cases of 12 facets, one in ten failing everywhere with long texts."""
    facets = [f"facet{n}" for n in range(12)]
    bad = {
        **FAIL,
        "expected": "1.0, " * 200,
        "actual": "2.0, " * 200,
        "reproducer": "x = 1\n" * 200,
    }
    rows = [
        case(
            f"op{op}",
            dict.fromkeys(facets, bad if n % 10 == 0 else PASS),
            id=f"op{op}/{n}",
            dtype=("float32", "float64", "bfloat16")[n % 3],
        )
        for op in range(OPS)
        for n in range(CASES_PER_OP)
    ]
    return complete(tmp_path_factory.mktemp("large") / "large.jsonl", *rows)


def test_a_page_of_twenty_thousand_cases_stays_small(large: Path) -> None:
    made = report(large)
    assert len(render(made).encode()) < 15_000_000
    kept = [len(row.cells[0].details) for row in made.rows]
    assert min(kept) > 0, "every failing op keeps an example"
    details, left = sum(kept), sum(row.cells[0].left_out for row in made.rows)
    assert details + left == OPS * CASES_PER_OP // 10 * 12, "what is left out is counted"


# In a browser


@pytest.fixture(scope="module")
def chrome() -> Iterator[Chrome]:
    found = browser.find()
    if found is None:
        pytest.skip("not run: no chromium")
    pytest.importorskip("selenium", reason="not run: no selenium")
    with browser.chromium(*found) as driver:
        yield driver


def show(chrome: Chrome, tmp_path: Path, *records: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text(page(*records), encoding="utf-8")
    chrome.get("about:blank")
    chrome.get(out.as_uri())


def rows_shown(chrome: Chrome) -> list[str]:
    found = chrome.execute_script(
        "return [...document.querySelectorAll('tr[data-row]:not([hidden]) > th')]"
        ".map((cell) => cell.textContent)"
    )
    assert isinstance(found, list)
    return found


def choose(chrome: Chrome, name: str, value: str) -> None:
    chrome.execute_script(
        "const field = document.getElementById('filter').elements[arguments[0]];"
        "field.value = arguments[1];"
        "field.dispatchEvent(new Event('input', {bubbles: true}));",
        name,
        value,
    )


def complaints(chrome: Chrome) -> list[Any]:
    return [entry for entry in chrome.get_log("browser") if entry["level"] != "INFO"]  # type: ignore[no-untyped-call]


def test_a_click_on_a_failing_cell_shows_the_program(chrome: Chrome, tmp_path: Path) -> None:
    path = complete(
        tmp_path / "run.jsonl",
        case("<script>alert(1)</script>", {"value": PASS, "grad": FAIL}),
        case("add", {"value": PASS}),
    )
    show(chrome, tmp_path, path)
    failing = chrome.find_element("css selector", "tr[data-row='0'] .strip")
    assert failing.text.replace("\n", "") == "·×"
    failing.click()
    panel = chrome.find_element("id", "panel")
    assert panel.is_displayed()
    assert panel.find_element("id", "panel-title").text == "<script>alert(1)</script>"
    shown = [block.text for block in panel.find_elements("css selector", "pre")]
    assert shown == ["[1.0, 3.0]", "[1.0, 2.0]", FAIL["reproducer"].strip()]
    assert [mark.text for mark in panel.find_elements("css selector", "mark")] == ["3", "2"]
    assert FAIL["message"] in panel.text
    panel.find_element("css selector", ".close").click()
    assert not panel.is_displayed()
    assert complaints(chrome) == []


def test_a_passing_cell_shows_one_of_its_programs(chrome: Chrome, tmp_path: Path) -> None:
    show(chrome, tmp_path, complete(tmp_path / "run.jsonl", case("add", {"value": PASS})))
    chrome.find_element("css selector", ".strip").click()
    assert chrome.find_element("css selector", "#panel pre").text == "y = torch.add(x, x)"
    assert complaints(chrome) == []


def test_filters_narrow_the_rows_and_the_strips(chrome: Chrome, tmp_path: Path) -> None:
    path = complete(
        tmp_path / "run.jsonl",
        case("linalg.norm", {"value": PASS, "grad": FAIL}),
        case("linalg.norm", {"value": PASS}, id="norm/int", dtype="int64", source="opinfo"),
        case("add", {"value": PASS}),
        case("clears", {"value": PASS}, op=None, dtype=None, source="tutorial", title="it clears"),
    )
    show(chrome, tmp_path, path)
    every = ["add", "linalg.norm", "it clears"]
    assert rows_shown(chrome) == every
    for name, value, rows in [
        ("text", "NORM", ["linalg.norm"]),
        ("verdict", "bad", ["linalg.norm"]),
        ("verdict", "x", []),
        ("source", "tutorial", ["it clears"]),
        ("dtype", "int64", ["linalg.norm"]),
        ("facet", "1", ["linalg.norm"]),
    ]:
        choose(chrome, name, value)
        assert rows_shown(chrome) == rows, f"{name}={value}"
        choose(chrome, name, "")
    assert rows_shown(chrome) == every
    choose(chrome, "dtype", "int64")
    strip = chrome.execute_script(
        "return document.querySelector('tr[data-row]:not([hidden]) .strip').textContent"
    )
    assert strip == "·\u00a0", "the failure was in another dtype"
    assert complaints(chrome) == []


def test_a_diff_leads_to_the_program(chrome: Chrome, tmp_path: Path) -> None:
    old = complete(tmp_path / "old.jsonl", case("clamp", {"value": PASS, "grad": PASS}))
    new = complete(
        tmp_path / "new.jsonl",
        case("clamp", {"value": PASS, "grad": FAIL}),
        oracle_version="2.14.1",
    )
    show(chrome, tmp_path, old, new)
    chrome.find_element("css selector", "#diff button.link").click()
    panel = chrome.find_element("id", "panel")
    assert "against torch 2.14.1" in panel.text
    assert FAIL["message"] in panel.text
    assert complaints(chrome) == []


def test_the_keyboard_reaches_every_strip(chrome: Chrome, tmp_path: Path) -> None:
    path = complete(
        tmp_path / "r.jsonl", case("add", {"value": PASS}), case("mul", {"value": FAIL})
    )
    show(chrome, tmp_path, path)
    chrome.find_element("css selector", ".strip").send_keys("\ue015")  # arrow down
    chrome.switch_to.active_element.send_keys("\ue007")  # return
    assert chrome.find_element("id", "panel-title").text == "mul"
    chrome.switch_to.active_element.send_keys("\ue00c")  # escape
    assert not chrome.find_element("id", "panel").is_displayed()
    assert chrome.switch_to.active_element.accessible_name == "mul: fail: value"


def test_a_large_page_answers_at_once(chrome: Chrome, tmp_path: Path, large: Path) -> None:
    show(chrome, tmp_path, large)
    assert len(rows_shown(chrome)) == OPS
    milliseconds = chrome.execute_script(
        "const start = performance.now();"
        "const field = document.getElementById('filter').elements.dtype;"
        "field.value = 'float32';"
        "field.dispatchEvent(new Event('input', {bubbles: true}));"
        "document.body.getBoundingClientRect();"
        "return performance.now() - start;"
    )
    assert 0 < milliseconds < 2000
