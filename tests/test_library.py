"""dedup/library.py and result.py: what the calls take and give."""

import json
import threading

import pytest

import dedup

ONE = "The potter fires her kiln on the first dry day after the equinox"
TWO = "Nobody has seen the inside of the boathouse since the flood of that year"
TEXT = f"{ONE}\n\n{TWO}\n\n{ONE}\n"


def test_str_in_str_out_and_bytes_in_bytes_out():
    assert dedup.clean(TEXT).text == f"{ONE}\n\n{TWO}\n"
    assert dedup.clean(TEXT.encode()).text == f"{ONE}\n\n{TWO}\n".encode()


def test_lone_surrogates_survive():
    text = f"{ONE} \udc80\n\n{TEXT}"
    result = dedup.clean(text)
    assert result.text == f"{ONE} \udc80\n\n{ONE}\n\n{TWO}\n"
    assert result.decisions[0].reason == "unreadable"
    assert dedup.restore(result.text, result.report()) == text


def test_thai_digits_are_numbers_like_others():
    text = "เรือออกจากท่าเทียบเรือบนเกาะทุกคืนตั้งแต่วันที่ ๒๕ ราคา ๕๐๐ บาท สำนักงานท่าเรือกล่าวเมื่อวาน"
    again, other = text.replace("บนเกาะ", "ในเกาะ"), text.replace("๕๐๐", "๖๐๐")
    assert dedup.clean(f"{text}\n\n{again}\n\n{other}").text == f"{text}\n\n{other}"


def test_anything_else_is_refused():
    with pytest.raises(dedup.UsageError, match="is int: pass str or bytes"):
        dedup.clean(7)


def test_a_result_tells_what_went_and_why():
    result = dedup.clean(TEXT)
    (cut,) = result.removed
    assert (cut.reason, cut.canonical.paragraph, cut.lines) == ("exact", 0, (5, 5))
    assert [d.action for d in result.decisions] == ["keep", "keep", "remove"]
    assert result.warnings == ()


def test_documents_keep_order_names_and_types():
    results = dedup.clean_documents([("a", TEXT), ("b", TWO.encode()), TEXT])
    assert [type(r.text) for r in results] == [str, bytes, str]
    assert [d.document.id for d in results[0].run.documents] == ["a", "b", "2"]


def test_reports_are_strings_of_a_kind():
    result = dedup.clean(TEXT)
    assert json.loads(result.report())["schema"] == "dedup-report/1"
    assert result.report("diff").startswith("--- 0\n+++ 0\n@@")
    assert result.report("text") == "0:5: exact repeats 0:1\n"
    with pytest.raises(dedup.UsageError, match="use one of text, json, diff"):
        result.report("pdf")


@pytest.mark.parametrize("form", [str, bytes, dict])
def test_restore_takes_a_report_in_any_form(form):
    result = dedup.clean(TEXT)
    report = result.report()
    given = {str: report, bytes: report.encode(), dict: json.loads(report)}[form]
    assert dedup.restore(result.text, given) == TEXT


def test_restore_refuses_another_text_and_a_damaged_report():
    result = dedup.clean(TEXT)
    with pytest.raises(dedup.UnmatchedReportError, match="was it changed since"):
        dedup.restore(result.text + " ", result.report())
    with pytest.raises(dedup.RestoreError, match="not valid JSON"):
        dedup.restore(result.text, result.report()[:-20])
    with pytest.raises(dedup.RestoreError, match="schema"):
        dedup.restore(result.text, "{}")
    broken = json.loads(result.report())
    broken["documents"][0]["decisions"][2]["cut"] = "all"
    with pytest.raises(dedup.RestoreError, match="damaged"):
        dedup.restore(result.text, broken)


def test_threads_do_not_disturb_each_other():
    texts = [f"{TEXT}\n{n} {ONE.replace('kiln', f'kiln{n}')}\n" for n in range(40)]
    alone = [dedup.clean(text).report() for text in texts]
    together = [None] * len(texts)

    def work(first):
        for i in range(first, len(texts), 4):
            together[i] = dedup.clean(texts[i]).report()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_blocks_are_found_across_documents():
    one = "The cooper rolls his barrels down to the quay before the tide has turned"
    two = "Two lanterns hang over the door of the inn, and one of them is always lit"
    blocks = dedup.find_blocks(
        [("a", f"{one}\n\n{two}\n\nYes.\n"), ("b", f"{one}\n\n{two}\n\nYes.\n")]
    )
    (block,) = blocks
    assert [(o.document, o.first, o.last) for o in block.occurrences] == [(0, 0, 2), (1, 0, 2)]
    assert block.score == 1.0
    assert dedup.find_blocks([]) == dedup.find_blocks([one, two]) == ()
