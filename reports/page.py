"""The tables of a report as one HTML page that needs nothing else: no network, no other file.

What a record holds is text of unknown origin.  It reaches the page in two ways only: through
Jinja2's autoescaping, and as JSON in a data block in which `<` is escaped.  The page's policy
allows no script but its own, by hash, and no request at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import compare, sections
from reports.tables import TOLD_ONCE, Cell, Column, Report, Row, one_line, texts_of
from reports.verdicts import BAD, BY_CODE, BY_NAME, RANK, VERDICTS, worst

NOT_ASKED = " "


def write(report: Report, out: Path) -> Path:
    """The page as a file; one that is being replaced stays whole until its successor is."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(out.name + ".partial")
    partial.write_text(render(report), encoding="utf-8", newline="\n")
    return partial.replace(out)


def render(report: Report) -> str:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "runs": runs_of,
        "thousands": "{:,}".format,
        "microseconds": microseconds,
    }
    script = _source(environment, "page.js")
    findings = sections.findings(report.columns)
    return environment.get_template("page.html.j2").render(
        style=Markup(_source(environment, "style.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=embedded(data_of(report)),
        report=report,
        record_names=sections.names_of(report.records),
        verdicts=VERDICTS,
        symbols={verdict.name: verdict.symbol for verdict in VERDICTS},
        headings=headings(report.columns),
        summaries=sections.summaries(report.columns),
        ops=[line_of(report, number) for number, row in enumerate(report.rows) if row.key.is_op],
        chapters=[
            (chapter, list(lines))
            for chapter, lines in groupby(
                (line_of(report, n) for n, row in enumerate(report.rows) if not row.key.is_op),
                key=lambda line: line["chapter"],
            )
        ],
        sources=distinct(report, 0),
        dtypes=distinct(report, 1),
        numbers={row.key: number for number, row in enumerate(report.rows)},
        diffs=list(compare.diffs(report.columns)),
        diff_rows=compare.ROWS_SHOWN,
        timings=list(sections.timings(report.columns)),
        findings=findings[: sections.FINDINGS_SHOWN],
        findings_total=len(findings),
        deviations=sections.reasons(report.columns, ("xpass", "xfail")),
        missing=sections.reasons(report.columns, ("not-run", "unsupported", "timeout", "crash")),
        not_run=sections.not_run(report.records),
        environment=sections.environment(report.records),
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def embedded(data: Any) -> Markup:
    """JSON that no HTML parser can mistake for markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def microseconds(value: float) -> str:
    return f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


# What the server side and the page's script both draw: strips of verdicts


def codes_of(facets: Sequence[str], counts: dict[str, Counter[str]]) -> str:
    """One letter per facet: the worst verdict there."""
    return "".join(
        BY_NAME[worst(counts[facet])].code if counts.get(facet) else NOT_ASKED for facet in facets
    )


def runs_of(codes: str) -> list[tuple[str, str]]:
    """Equal neighbours as one (verdict, symbols): a page of few elements is fast."""
    found = []
    for code, letters in groupby(codes):
        length = len(list(letters))
        if code == NOT_ASKED:
            found.append(("none", "\u00a0" * length))
        else:
            found.append((BY_CODE[code].name, BY_CODE[code].symbol * length))
    return found


def line_of(report: Report, number: int) -> dict[str, Any]:
    """A row of the matrix."""
    row = report.rows[number]
    cells: list[dict[str, str] | None] = []
    for place in range(len(report.columns)):
        cell = row.cells.get(place)
        if cell is None:
            cells.append(None)
            continue
        facets = cell.facets()
        codes = codes_of(report.facets, facets)
        cells.append({"codes": codes, "label": label(report.facets, codes)})
    return {
        "number": number,
        "name": row.key.name,
        "chapter": row.key.chapter,
        "cells": cells,
        "remark": remark(row),
    }


def remark(row: Row) -> str:
    """Of all that did not pass, the worst in a line, so that rows can be read without opening."""
    details = [detail for cell in row.cells.values() for detail in cell.details]
    if not details:
        return ""
    first = min(details, key=lambda detail: RANK[detail["verdict"]])
    said = one_line(first.get("message") or first.get("reason") or "")
    return said if first["verdict"] in TOLD_ONCE else f"{first['facet']}: {said}"


def label(facets: Sequence[str], codes: str) -> str:
    """A strip in words: what does not pass."""
    by_verdict: dict[str, list[str]] = {}
    for facet, code in zip(facets, codes, strict=True):
        if code not in (NOT_ASKED, "p"):
            by_verdict.setdefault(BY_CODE[code].name, []).append(facet)
    if not by_verdict:
        return "all pass"
    return "; ".join(f"{name}: {', '.join(which)}" for name, which in by_verdict.items())


def distinct(report: Report, place: int) -> list[str]:
    """The sources (0) or dtypes (1) that occur."""
    return sorted(
        {key[place] for row in report.rows for cell in row.cells.values() for key in cell.groups}
    )


def headings(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Two lines that tell the columns apart."""
    return [
        (
            f"{column.pairing.subject} {column.pairing.subject_version}".strip(),
            f"against {column.pairing.oracle} {column.pairing.oracle_version}".strip()
            + f" · {column.pairing.device}",
        )
        for column in columns
    ]


# What the page's script reads


class Pool:
    """Texts that are stored once and named by number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def add(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def data_of(report: Report) -> dict[str, Any]:
    pool = Pool()
    rows = [_row_data(report, row, pool) for row in report.rows]
    return {
        "facets": report.facets,
        "verdicts": {verdict.code: [verdict.name, verdict.symbol] for verdict in VERDICTS},
        "bad": [BY_NAME[name].code for name in BAD],
        "columns": [str(column.pairing) for column in report.columns],
        "rows": rows,
        "texts": list(pool.numbers),
    }


def _row_data(report: Report, row: Row, pool: Pool) -> dict[str, Any]:
    return {
        "name": row.key.name,
        "example": [pool.add(row.example_id), pool.add(row.example)],
        "cells": {
            str(place): _cell_data(report.facets, cell, pool) for place, cell in row.cells.items()
        },
    }


def _cell_data(facets: Sequence[str], cell: Cell, pool: Pool) -> dict[str, Any]:
    counts = cell.facets()
    return {
        "groups": [
            [source, dtype, cell.cases[source, dtype], codes_of(facets, group)]
            for (source, dtype), group in sorted(cell.groups.items())
        ],
        "counts": [
            {BY_NAME[name].code: count for name, count in sorted(counts[facet].items())}
            if facet in counts
            else {}
            for facet in facets
        ],
        "details": [_detail_data(facets, detail, pool) for detail in cell.details],
        "left": cell.left_out,
    }


def _detail_data(facets: Sequence[str], detail: dict[str, Any], pool: Pool) -> list[Any]:
    """[facet, verdict, case, error over bound, {what: text}]"""
    ratio = detail.get("error_over_bound")
    return [
        facets.index(detail["facet"]),
        BY_NAME[detail["verdict"]].code,
        pool.add(detail["case"]["id"]),
        round(ratio, 3) if isinstance(ratio, int | float) and abs(ratio) < 1e300 else None,
        {key: pool.add(text) for key, text in texts_of(detail).items()},
    ]
