import io
from dataclasses import replace

import docx
import pytest

from counterfoil.crm.documents.built_in.quote_docx import template_made
from counterfoil.crm.documents.errors import TemplateRefused
from counterfoil.crm.documents.quote_document import DocumentGroup, DocumentLine
from counterfoil.crm.documents.rendering import built_in_template, quote_docx, template_check
from counterfoil.crm.documents.sample import sample_bare, sample_full
from tests.unit.documents.stage import parts_of, text_of, word_file

NASTY = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% include '/etc/hostname' %}",
    "=HYPERLINK('http://evil.example')",
    "]]><w:p/>&amp;&lt;",
    '#import "evil": *  $x$ *bold* @ref',
    "مرحبا 日本語 🎉 e\u0301",
    "tab\tand\nnew line",
    "x" * 50_000,
]


def said_by(*lines: str) -> list[str]:
    return [str(problem) for problem in template_check(word_file(*lines))]


def with_line(words: str):
    line = DocumentLine(number="1", description=words, extended_description=words, amount="1.00")
    return replace(sample_full(), lines=(line,), groups=(DocumentGroup(heading=words, lines=(line,)),))


@pytest.mark.rule("RP-2")
def test_the_built_in_template_shows_every_line_with_its_extended_description():
    document = sample_full()
    text = text_of(quote_docx(document))
    for line in document.lines:
        assert line.description in text
        assert line.extended_description.replace("\n", " ") in text
    for value in ("£8,649.15", "£1,392.40", "£24.50", "£10,066.05", "£2,003.13", "£12,069.18", "£898.80"):
        assert value in text
    assert document.terms.replace("\n", " ") in text


def test_the_built_in_template_fits_a_quote_with_nothing_in_it():
    text = text_of(quote_docx(sample_bare()))
    assert "Quote Q-1" in text
    assert not any(word in text for word in ("Subtotal", "Notes", "Terms", "attention", "Optional", "{"))


def test_the_built_in_template_is_what_its_program_makes():
    kept, made = parts_of(built_in_template()), parts_of(template_made())
    assert kept["word/document.xml"] == made["word/document.xml"]
    assert template_check(built_in_template()) == []


@pytest.mark.rule("RP-2")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ custmer.name }}", "there is no field “custmer” here. Did you mean “customer”?"),
        ("{{ customer.nmae }}", "there is no field “nmae” here. Did you mean “name”?"),
        ("{% for line in lines %}{{ line.code }}", "“for” is never closed: “endfor” is missing."),
        ("{{ number | shout }}", "there is no filter “shout”."),
        ("{% fro line in lines %}", "“fro” is not known here."),
        ("{{ number", "the braces hold something unfinished."),
        ("{{ customer }}", "name the one that is meant, as in “customer.name”."),
        ("{{ number * 2 }}", "may stand between two numbers only"),
    ],
)
def test_a_broken_template_is_refused_with_the_line_that_breaks(line, said):
    [problem] = template_check(word_file("Dear customer", "here is your quote", line, "Kind regards"))
    assert said in problem.sentence
    assert problem.paragraph == 3
    assert problem.text.startswith(line[:9])


def test_a_problem_reads_as_one_sentence_with_its_place():
    assert said_by("one", "{{ custmer }}") == [
        "Line 2 of the text (“{{ custmer }}”): there is no field “custmer” here. Did you mean “customer”?"
    ]


def test_a_field_that_only_some_quotes_fill_is_no_problem():
    assert said_by("{{ contact.name }}{% if reference %}{{ reference }}{% endif %}") == []


def test_a_loop_across_a_table_that_would_lose_lines_is_refused():
    document = docx.Document()
    document.add_paragraph("{% for line in lines %}")
    document.add_table(1, 1).cell(0, 0).text = "{{ line.description }}{% endfor %}"
    made = io.BytesIO()
    document.save(made)
    [problem] = template_check(made.getvalue())
    assert "{%p … %}" in problem.sentence


def test_loops_filters_and_figures_work_as_people_write_them():
    template = word_file(
        "{%p for line in lines %}",
        "{{ loop.index }}. {{ line.description|upper|truncate(12) }} {{ line.raw.net + 1 }}",
        "{%p endfor %}",
        "{{ lines|selectattr('is_optional')|list|length }} optional, {{ reference|default('none', true) }}",
    )
    lines = text_of(quote_docx(sample_full(), template)).splitlines()
    assert lines[1] == "2. SIT-STAND... 5428.90"
    assert lines[-1] == "1 optional, PO 88-1207"


@pytest.mark.parametrize("words", NASTY, ids=lambda words: words[:12])
def test_values_are_data_and_never_markup_or_template(words):
    text = text_of(quote_docx(with_line(words)))
    assert " ".join(words.split()) in " ".join(text.split())


def test_control_characters_do_not_spoil_the_file():
    text = text_of(quote_docx(with_line("a\x00b\x07c\x0cd\ud800e\ufffff")))
    assert "abcdef" in text


def test_a_template_is_checked_again_when_it_is_used():
    with pytest.raises(TemplateRefused) as refused:
        quote_docx(sample_full(), word_file("fine", "{{ oops }}"))
    assert refused.value.problems[0].paragraph == 2
