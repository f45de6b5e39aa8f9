import pytest

from counterfoil.crm.documents import rendering
from counterfoil.crm.documents.errors import DocumentRefused
from counterfoil.crm.documents.problems import Problem
from counterfoil.crm.documents.rendering import quote_docx, template_check
from counterfoil.crm.documents.sample import sample_full
from tests.unit.documents.observing import observed
from tests.unit.documents.payloads import payloads
from tests.unit.documents.stage import word_file, word_file_as_word_makes_it


@pytest.fixture(scope="module")
def outcomes():
    tries = payloads()
    return dict(zip(tries, observed([word_file("Quote {{ number }}", each) for each in tries]), strict=True))


def test_there_are_enough_payloads():
    assert len(set(payloads())) >= 300


def test_every_payload_is_refused_with_a_sentence(outcomes):
    accepted = [payload for payload, outcome in outcomes.items() if not outcome.get("problems")]
    assert accepted == []
    assert [
        outcome
        for outcome in outcomes.values()
        if not outcome["problems"][0]["sentence"].endswith((".", "?"))
    ] == []


def test_no_payload_opens_starts_or_loads_anything(outcomes):
    assert {payload: outcome["seen"] for payload, outcome in outcomes.items() if outcome["seen"]} == {}


RUNS = "{{ cycler.__init__.__globals__.os.popen('true').read() }}"


def test_an_ordinary_template_engine_would_have_run_it():
    [outcome] = observed([word_file(RUNS)], is_sandboxed=False)
    assert any(event.startswith("subprocess.Popen") for event in outcome["seen"])


def test_with_the_sandbox_broken_the_closed_doors_still_hold():
    [outcome] = observed([word_file(RUNS)], is_sandboxed=False, has_doors=True)
    assert outcome["crashed"].startswith("Refused: ")
    assert outcome["bytes"] == 0


def test_the_line_of_a_payload_is_named(outcomes):
    found = outcomes["{{ ''.__class__ }}"]["problems"]
    assert found == [
        {
            "sentence": "there is no field “__class__”.",
            "part": "the text",
            "paragraph": 2,
            "text": "{{ ''.__class__ }}",
        }
    ]


def test_headers_and_properties_are_held_to_the_same():
    in_header = template_check(word_file_as_word_makes_it("fine", header="{{ ''.__class__ }}"))
    in_title = template_check(word_file_as_word_makes_it("fine", title="{{ ''.__class__ }}"))
    assert [problem.part for problem in in_header + in_title] == ["a page header", "the file's properties"]


@pytest.mark.parametrize(
    "line",
    [
        "{% for a in terms %}{% for b in terms %}{% for c in terms %}{% for d in terms %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 1.5|round(999999999, 'ceil') }}",
    ],
    ids=["loops", "digits"],
)
def test_what_takes_too_long_is_stopped(line, monkeypatch):
    monkeypatch.setattr(rendering, "TIME_S", 3)
    [problem] = template_check(word_file(line))
    assert "Nothing was kept or sent" in problem.sentence


def test_what_needs_too_much_memory_is_stopped():
    grown = "|".join(["terms", *["replace(' ', terms)"] * 6])
    with pytest.raises(DocumentRefused, match="memory"):
        quote_docx(sample_full(), word_file("{{ " + grown + " }}"))


def test_what_is_nested_without_end_is_refused():
    [problem] = template_check(word_file("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}"))
    assert isinstance(problem, Problem)
    assert "nested" in problem.sentence
