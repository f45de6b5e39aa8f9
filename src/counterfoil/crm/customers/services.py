"""What may be done to customers and suppliers: by an import, by a changed setting, by users.

Permission is the caller's business; every change by a user is in the audit trail.
"""

from counterfoil.core.b2c import BadPattern, b2c_matches
from counterfoil.crm.customers.companies import (
    company_rename,
    company_set_account_manager,
    division_rename,
    ledger_give_company,
    note_add,
    person_add,
    person_edit,
)
from counterfoil.crm.customers.creation import (
    CUSTOMER_CREATED,
    SimilarExists,
    credit_rule_set,
    customer_create,
    reference_rule_set,
)
from counterfoil.crm.customers.editing import CUSTOMER_CHANGED, SHARED_FIELDS, customer_edit
from counterfoil.crm.customers.enriching import ledgers_enrich
from counterfoil.crm.customers.errors import CustomerRefused
from counterfoil.crm.customers.files import FILE_BYTES, FILES_MOST, file_add, file_delete
from counterfoil.crm.customers.linking import sales_ledger_linked
from counterfoil.crm.customers.merging import ledger_retire, succession
from counterfoil.crm.customers.pull import Foreseen, contacts_apply, contacts_foreseen
from counterfoil.crm.customers.settings import (
    B2CForeseen,
    b2c_foreseen,
    b2c_reclassify,
    companies_foreseen,
    ledgers_hit_by,
    ledgers_relabel,
    relabel_foreseen,
    street_only_count,
)
from counterfoil.crm.customers.stops import sales_ledger_release, sales_ledger_set_b2c, sales_ledger_stop

__all__ = [
    "CUSTOMER_CHANGED",
    "CUSTOMER_CREATED",
    "FILES_MOST",
    "FILE_BYTES",
    "SHARED_FIELDS",
    "B2CForeseen",
    "BadPattern",
    "CustomerRefused",
    "Foreseen",
    "SimilarExists",
    "b2c_foreseen",
    "b2c_matches",
    "b2c_reclassify",
    "companies_foreseen",
    "company_rename",
    "company_set_account_manager",
    "contacts_apply",
    "contacts_foreseen",
    "credit_rule_set",
    "customer_create",
    "customer_edit",
    "division_rename",
    "file_add",
    "file_delete",
    "ledger_give_company",
    "ledger_retire",
    "ledgers_enrich",
    "ledgers_hit_by",
    "ledgers_relabel",
    "note_add",
    "person_add",
    "person_edit",
    "reference_rule_set",
    "relabel_foreseen",
    "sales_ledger_linked",
    "sales_ledger_release",
    "sales_ledger_set_b2c",
    "sales_ledger_stop",
    "street_only_count",
    "succession",
]
