"""Findings: what repeats what, bound to the text and not to its place."""

from dedup.config import Config
from dedup.findings import MAX_EXCERPT, findings
from dedup.model import Document
from dedup.pipeline import clean

FERRY = "The ferry to the island leaves twice a day from the harbour behind the old church."
TICKETS = "Tickets are sold on board, in coins and in notes, by whoever has the time to do so."


def found(*texts, verbose=False):
    documents = [Document(name, text.encode()) for name, text in texts]
    return findings(clean(documents, Config(), across=True), verbose=verbose)


def test_a_finding_names_both_places():
    (one,) = found(("a.txt", f"{TICKETS}\n\n{FERRY}\n"), ("b.txt", f"{FERRY}\n"))
    assert (one.repeat.path, one.repeat.lines) == ("b.txt", (1, 1))
    assert (one.original.path, one.original.lines) == ("a.txt", (3, 3))
    assert one.removed
    assert one.reason == "exact"
    assert one.excerpt == FERRY[: MAX_EXCERPT - 1].rstrip() + "…"


def test_the_digest_is_bound_to_the_text_not_to_its_place():
    (here,) = found(("a.txt", FERRY), ("b.txt", FERRY))
    wrapped = FERRY.replace("from the", "from\nthe").replace("behind", "“behind”")
    (there,) = found(("a.txt", FERRY), ("z.txt", f"{TICKETS}\n\n{wrapped}\n"))
    assert here.repeat.digest == there.repeat.digest == here.original.digest
    (other,) = found(("a.txt", TICKETS), ("b.txt", TICKETS))
    assert other.repeat.digest != here.repeat.digest


def test_what_was_nearly_cut_is_told_on_request():
    texts = ("a.txt", f"{FERRY} It took 30 minutes."), ("b.txt", f"{FERRY} It took 45 minutes.")
    assert found(*texts) == []
    (one,) = found(*texts, verbose=True)
    assert not one.removed
    assert one.reason == "variant"
    assert one.repeat.digest != one.original.digest
    assert one.differs
