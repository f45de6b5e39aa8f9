import pytest
from django.core import mail

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.documents.errors import MailRefused
from counterfoil.crm.documents.mail import quote_mail
from tests.builders import AT


@pytest.fixture
def quote(shop):
    return shop.quote()


def send(quote, shop, **given):
    values = {
        "to": ["amelia@example.com"],
        "subject": "Your quote",
        "text": "Please find our quote attached.",
        "actor": shop.rep,
        "at": AT,
    }
    return quote_mail(quote, **(values | given))


@pytest.mark.rule("RP-2")
def test_a_quote_is_mailed_with_its_files(quote, shop):
    assert send(quote, shop, attach=["pdf", "docx"]) == ["amelia@example.com"]
    [message] = mail.outbox
    assert [name for name, _, _ in message.attachments] == [
        f"Quote-{quote.number}.pdf",
        f"Quote-{quote.number}.docx",
    ]
    assert message.attachments[0][1][:5] == b"%PDF-"
    assert (message.subject, message.reply_to) == ("Your quote", ["rep@example.com"])
    assert message.from_email.startswith("Northwind <")


def test_what_was_mailed_to_whom_is_in_the_trail_but_not_its_text(quote, shop):
    send(quote, shop, text="between us")
    entry = AuditEntry.objects.get(action="quote.mailed")
    assert (entry.actor, entry.subject, entry.detail["to"]) == (
        shop.rep,
        f"quote:{quote.pk}",
        ["amelia@example.com"],
    )
    assert "between us" not in f"{entry.summary}{entry.detail}"


@pytest.mark.parametrize(
    "to",
    [
        [],
        [""],
        ["nobody"],
        ["a@b"],
        ["a@example.com\nBcc: all@example.com"],
        ["a@example.com\r\nSubject: x"],
        ["a@example.com, b@example.com"],
        ["Ann <a@example.com>"],
        ["a@example.com\0"],
        [f"a{n}@example.com" for n in range(11)],
    ],
)
def test_only_plain_addresses_are_mailed_to(quote, shop, to):
    with pytest.raises(MailRefused, match="Nothing was sent"):
        send(quote, shop, to=to)
    assert mail.outbox == []
    assert not AuditEntry.objects.filter(action__startswith="quote.mail").exists()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b", "\x85"])
def test_a_subject_cannot_start_another_header(quote, shop, end):
    send(quote, shop, subject=f"Your quote{end}Bcc: all@example.com", attach=[])
    [message] = mail.outbox
    assert message.subject == "Your quote Bcc: all@example.com"
    assert message.message()["Bcc"] is None
    assert message.recipients() == ["amelia@example.com"]


def test_a_company_name_cannot_start_another_header(quote, shop):
    shop.company.name = 'North\nBcc: all@example.com\n"wind"'
    shop.company.save(update_fields=["name"])
    quote.operating_company = shop.company
    send(quote, shop, attach=[])
    assert mail.outbox[0].message()["Bcc"] is None


@pytest.mark.parametrize("given", [{"subject": ""}, {"subject": "x" * 201}, {"text": "x" * 20_001}])
def test_a_mail_needs_a_subject_and_a_text_that_fit(quote, shop, given):
    with pytest.raises(MailRefused, match="Nothing was sent"):
        send(quote, shop, **given)


def test_the_same_address_twice_gets_one_mail(quote, shop):
    assert send(quote, shop, to=["a@example.com", " a@example.com "], attach=[]) == ["a@example.com"]


def test_a_server_that_does_not_answer_is_told_and_traced(quote, shop, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(MailRefused, match="was not sent; nothing else was changed"):
        send(quote, shop, attach=[])
    assert AuditEntry.objects.filter(action="quote.mail_failed").count() == 1
