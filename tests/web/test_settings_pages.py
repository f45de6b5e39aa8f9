"""What a change of the import settings does is counted before it is saved; settings are found; changes are logged."""

import pytest

from counterfoil.changes.models import AuditEntry
from counterfoil.crm.customers.models import SalesLedger
from counterfoil.sync.foreseeing import import_settings_foreseen
from counterfoil.sync.models import ImportSettings, Link
from counterfoil.web.integration.forms import ImportSettingsForm
from tests.builders import purchase_ledger
from tests.web import world
from tests.web.test_integration_pages import SETTINGS, XERO, words

PAGE = f"{XERO}settings/"
WAITING = "/customers/waiting/"


def preview(browser, **given) -> str:
    answer = browser.post(PAGE, SETTINGS | given)
    assert answer.status_code == 200
    assert not ImportSettings.objects.exists()
    return words(answer)


@pytest.mark.rule("IS-1")
def test_how_many_labels_change_and_who_keeps_the_name(browser, company):
    world.customer(company, "Alder Foods", account_number="A-17")
    world.customer(company, "Birch & Co")
    page = preview(browser, ledger_label="account_number")
    assert "1 customer will be shown by another label" in page
    assert "1 customer without an account number will keep the name" in page
    assert SalesLedger.objects.get(name="Alder Foods").display_description == "Alder Foods"


@pytest.mark.rule("IS-2")
def test_who_becomes_a_consumer_by_a_pattern_and_who_was_set_by_hand(browser, company):
    for name in ("Mr Adams", "Mr Bell", "Alder Foods"):
        world.customer(company, name, b2c="b2b")
    world.customer(company, "Mr Cole", b2c="b2b", b2c_by_user=True)
    page = preview(browser, b2c_pattern="^mr ")
    assert "2 customers will become a consumer, and 0 a business" in page
    assert "Mr Adams, Mr Bell" in page
    assert "1 customer whose flag a user has set will keep it" in page


@pytest.mark.rule("IS-2")
@pytest.mark.parametrize("pattern", ["(?=x)", "(?<!x)y", "(x)\\1", "ab(c", "[z"])
def test_a_pattern_with_look_around_or_a_fault_is_refused_with_its_place(browser, pattern):
    answer = browser.post(PAGE, SETTINGS | {"b2c_pattern": pattern})
    assert answer.status_code == 400
    assert "cannot be read at character" in words(answer)


@pytest.mark.rule("IS-3")
def test_how_many_would_get_a_company(browser, company):
    ImportSettings.objects.create(operating_company=company, missing_records="none")
    world.customer(company, "Waiting Ltd", division=None)
    world.customer(company, "Archived Ltd", division=None, is_archived=True)
    answer = browser.post(PAGE, SETTINGS | {"missing_records": "active"})
    assert "1 customer and No supplier that wait without a company will get one" in words(answer)
    assert ImportSettings.objects.get().missing_records == "none"


@pytest.mark.rule("IS-4")
def test_defaults_change_nobody_who_is_there(browser, company):
    world.customer(company, "Alder Foods")
    assert "Those that exist keep theirs" in preview(browser, default_role_code="Buyer")


@pytest.mark.rule("IS-5")
def test_switching_currencies_off_leaves_them_as_they_are(browser):
    given = {name: value for name, value in SETTINGS.items() if name != "currency_import"}
    page = words(browser.post(PAGE, given))
    assert "No currency from Xero will stay as they are, and no pass touches them or a rate" in page


@pytest.mark.rule("IS-8")
def test_a_shorter_interval_says_how_many_calls_it_takes(browser):
    page = preview(browser, pass_minutes="1")
    assert "From 288 to 1,440 passes a day at most" in page
    assert "The day's calls do not suffice for every stream each time" in page
    assert "are kept for orders and what people ask for" in preview(browser, day_reserve="300")


@pytest.mark.rule("CU-4")
def test_contacts_left_out_are_counted_before_they_are_taken_in(browser, company):
    link = world.connection(company)
    for name in ("one", "two"):
        Link.objects.create(
            connection=link,
            stream="contacts",
            xero_id=name,
            fingerprint="",
            updated_ms=1,
            outcome="unflagged",
        )
    page = preview(browser, import_unflagged="on")
    assert "2 contacts left out so far will come in as customers" in page
    assert "All 2 contacts are read again, in about 1 call." in page


@pytest.mark.rule("IS-1", "IS-2", "IS-3", "IS-4", "IS-5", "IS-8")
def test_every_setting_of_the_page_says_what_it_changes(company):
    other = {
        "ledger_label": "account_number",
        "b2c_mode": "manual",
        "b2c_pattern": "^mr ",
        "missing_records": "all",
        "default_account_manager": world.member(company, "sales"),
        "default_role_code": "Buyer",
        "default_company_type": "reseller",
        "pass_minutes": 7,
        "day_reserve": 300,
    }
    stored = ImportSettings(operating_company=company)
    for name in ImportSettingsForm.base_fields:
        value = other[name] if name in other else not getattr(stored, name)
        effects = import_settings_foreseen(company, {name: value})
        assert [one for one in effects if name in one.settings and one.sentences], name


@pytest.mark.rule("IS-8")
@pytest.mark.parametrize(("minutes", "fits"), [("0", False), ("1", True), ("60", True), ("61", False)])
def test_the_interval_is_from_1_to_60_minutes(browser, minutes, fits):
    answer = browser.post(PAGE, SETTINGS | {"pass_minutes": minutes, "confirmed": "1"})
    assert (answer.status_code == 302) is fits


def test_what_was_typed_is_still_there_when_one_goes_back(browser):
    answer = browser.post(PAGE, SETTINGS | {"b2c_pattern": "^mr ", "again": "1"})
    assert 'value="^mr "' in answer.content.decode()
    assert not ImportSettings.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("consumer", "Also a consumer when the name matches"),
        ("MINUTES", "Minutes between two passes"),
        ("delivery free", "Free from"),
        ("submitted approval", "Invoices are made in Xero as"),
        ("client secret", "Client secret"),
    ],
)
def test_a_setting_is_found_by_its_words_and_leads_to_its_place(browser, wanted, found):
    page = browser.get("/settings/", {"q": wanted})
    assert found in words(page)
    assert "#id_" in page.content.decode()
    assert "No setting has these words" in words(browser.get("/settings/", {"q": "zeppelin"}))


def test_every_change_of_a_setting_is_in_the_log_with_both_values_and_who(browser, company):
    for given in (
        {"pass_minutes": "7", "street_fallback": "on"},
        {"pass_minutes": "7", "street_fallback": "on", "ledger_label": "account_number"},
    ):
        browser.post(PAGE, SETTINGS | given | {"confirmed": "1"})
    page = words(browser.get("/settings/log/"))
    user = str(AuditEntry.objects.filter(action="integration.settings").get().actor)
    assert "Minutes between two passes Before: 5 after: 7" in page
    assert "Use the street address where there is no postal address Before: off after: on" in page
    assert "Customers are labelled by Before: Customer name after: Account number" in page
    assert user in page


def test_the_log_of_another_company_is_not_shown(browser, company, other_company):
    browser.post(PAGE, SETTINGS | {"pass_minutes": "7", "confirmed": "1"})
    stranger = world.browser_of(world.member(other_company, email="stranger@harbour.example"))
    assert "Nothing was changed yet" in words(stranger.get("/settings/log/?kind=all"))


@pytest.mark.rule("IS-3", "IS-4")
def test_waiting_customers_are_found_and_given_a_company_each_at_once(browser, company, other_company):
    sam = world.member(company, "sales")
    ImportSettings.objects.create(operating_company=company, default_account_manager=sam)
    mine = [
        world.customer(company, name, division=None) for name in ("Alder Foods", "Birch & Co", "Cedar Ltd")
    ]
    theirs = world.customer(other_company, "Not ours", division=None)
    assert "Birch & Co" not in words(browser.get("/customers/waiting/", {"q": "alder"}))
    chosen = [mine[0].pk, mine[1].pk, theirs.pk]
    answer = browser.post("/customers/waiting/make", {"ledger": chosen}, follow=True)
    assert "2 companies were made" in words(answer)
    placed = SalesLedger.objects.exclude(division=None)
    assert {ledger.name for ledger in placed} == {"Alder Foods", "Birch & Co"}
    assert {ledger.division.company.account_manager for ledger in placed} == {sam}
    assert "Cedar Ltd" in words(answer)


@pytest.mark.rule("IS-3", "IS-4")
def test_waiting_suppliers_are_listed_apart_and_given_a_company_each_or_one_that_exists(
    browser, company, other_company
):
    timber, paper = (purchase_ledger(company, name) for name in ("Timber Co", "Paper Works"))
    both = world.customer(company, "Both Ltd", division=None)
    purchase_ledger(company, "Both Ltd", ledger_id=both.ledger_id)
    theirs = purchase_ledger(other_company, "Not ours")
    page = words(browser.get(WAITING, {"of": "suppliers"}))
    assert "Customers 1 Suppliers 2" in page
    assert ("Timber Co" in page, "Both Ltd" in page, "Not ours" in page) == (True, False, False)
    assert "Timber Co" not in words(browser.get(WAITING))
    assert "Timber Co" not in words(browser.get(WAITING, {"of": "suppliers", "q": "paper"}))
    chosen = {"of": "suppliers", "ledger": [timber.pk, theirs.pk]}
    answer = browser.post(f"{WAITING}make", chosen, follow=True)
    assert "1 company was made" in words(answer)
    assert "Every supplier has a company" not in words(answer)
    timber.refresh_from_db()
    assert timber.division.company.company_type == "supplier"
    give = f"/suppliers/{paper.pk}/company"
    assert give in browser.get(WAITING, {"of": "suppliers"}).content.decode()
    assert "put this supplier under" in words(browser.get(give, {"q": "timber"}))
    answer = browser.post(give, {"company": timber.division.company_id})
    assert answer["Location"] == f"/suppliers/{paper.pk}/"
    paper.refresh_from_db()
    assert paper.division.company == timber.division.company
    assert browser.post(f"/suppliers/{theirs.pk}/company").status_code == 404
