from __future__ import annotations

from django.urls import path

from counterfoil.web.agreement import views as agreement
from counterfoil.web.customers import change as customer_change
from counterfoil.web.customers import edit_views as customer_edits
from counterfoil.web.customers import file_views as customer_files
from counterfoil.web.customers import new as customer_new
from counterfoil.web.customers import statement_views as statements
from counterfoil.web.customers import views as customers
from counterfoil.web.customers import waiting_views
from counterfoil.web.customers.screen import SCREEN as CUSTOMERS
from counterfoil.web.dashboard import views as dashboard
from counterfoil.web.documents import views as documents
from counterfoil.web.documents.screen import CREDIT_SCREEN, INVOICE_SCREEN
from counterfoil.web.finance import views as finance
from counterfoil.web.finance.screen import ANALYSIS_SCREEN
from counterfoil.web.integration import alert_views as alerts
from counterfoil.web.integration import aside_views as asides
from counterfoil.web.integration import cause_views as causes
from counterfoil.web.integration import connecting_views as connecting
from counterfoil.web.integration import history_views as history
from counterfoil.web.integration import preview_views as previews
from counterfoil.web.integration import sending_views as sending
from counterfoil.web.integration import settings_views as import_settings
from counterfoil.web.integration import undo_views as undo
from counterfoil.web.integration import verify_views as verify
from counterfoil.web.integration import views as integration
from counterfoil.web.integration import webhook_views as webhooks
from counterfoil.web.lists.views import list_routes
from counterfoil.web.operating import views as operating
from counterfoil.web.outbox import views as outbox
from counterfoil.web.people import views as people
from counterfoil.web.people.screen import SCREEN as PEOPLE
from counterfoil.web.products import change as product_change
from counterfoil.web.products import new as product_new
from counterfoil.web.products import views as products
from counterfoil.web.products.screen import SCREEN as PRODUCTS
from counterfoil.web.purchasing import views as purchasing
from counterfoil.web.purchasing.screen import SCREEN as ORDERS
from counterfoil.web.quotes.routes import QUOTE_ROUTES
from counterfoil.web.reports.routes import REPORT_ROUTES
from counterfoil.web.settings import staff_views as staff
from counterfoil.web.settings import views as settings
from counterfoil.web.shell import views as shell
from counterfoil.web.sign_in import views as sign_in
from counterfoil.web.suppliers import views as suppliers
from counterfoil.web.suppliers.screen import SCREEN as SUPPLIERS

XERO = "settings/integration/xero"

urlpatterns = [
    path("", dashboard.dashboard, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("first-run/", sign_in.first_run, name="first-run"),
    path("welcome/<str:who>/<str:token>/", sign_in.welcome, name="welcome"),
    path("company/", shell.company_switch, name="company-switch"),
    path("preferences/", shell.preferences, name="preferences"),
    path("preferences/password", shell.password, name="password"),
    path("search/", shell.search, name="search"),
    *list_routes(CUSTOMERS, "customers"),
    path("customers/new/", customer_new.customer_new, name="customer-new"),
    path("customers/waiting/", waiting_views.waiting, name="waiting"),
    path("customers/waiting/make", waiting_views.waiting_make, name="waiting-make"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit", customer_change.customer_edit, name="customer-edit"),
    path("customers/<int:pk>/sync", agreement.customer_decide, name="customer-decide"),
    path("customers/<int:pk>/notes", customer_edits.note_add, name="customer-note"),
    path("customers/<int:pk>/stop", customer_edits.stop, name="customer-stop"),
    path("customers/<int:pk>/release", customer_edits.release, name="customer-release"),
    path("customers/<int:pk>/company", customer_edits.give_company, name="customer-company"),
    path("customers/<int:pk>/statement.pdf", statements.statement_pdf, name="customer-statement"),
    path("customers/<int:pk>/statement/mail", statements.statement_send, name="customer-statement-mail"),
    path("customers/<int:pk>/files", customer_files.file_add, name="customer-add-file"),
    path("customers/files/<int:pk>/", customer_files.file_fetch, name="customer-file"),
    path("customers/files/<int:pk>/delete", customer_files.file_delete, name="customer-file-delete"),
    *list_routes(SUPPLIERS, "suppliers"),
    path("suppliers/<int:pk>/", suppliers.supplier, name="supplier"),
    path("suppliers/<int:pk>/company", customer_edits.give_supplier_company, name="supplier-company"),
    *list_routes(PEOPLE, "people"),
    path("people/<int:pk>/", people.person, name="person"),
    *list_routes(PRODUCTS, "products"),
    path("products/new/", product_new.product_new, name="product-new"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/edit", product_change.product_edit, name="product-edit"),
    path("products/<int:pk>/sync", agreement.product_decide, name="product-decide"),
    *QUOTE_ROUTES,
    *list_routes(INVOICE_SCREEN, "invoices"),
    path("invoices/<int:pk>/", documents.invoice, name="invoice"),
    path("invoices/<int:pk>/online", documents.invoice_online, name="invoice-online"),
    path("invoices/<int:pk>/xero.pdf", documents.invoice_pdf, name="invoice-pdf"),
    *list_routes(CREDIT_SCREEN, "credit-notes"),
    path("credit-notes/<int:pk>/", documents.credit_note, name="credit-note"),
    *list_routes(ORDERS, "purchase-orders"),
    path("purchase-orders/<int:pk>/", purchasing.purchase_order, name="purchase-order"),
    *REPORT_ROUTES,
    path("tax-codes/", finance.tax_codes, name="tax-codes"),
    path("tax-codes/combinations/<int:pk>", finance.tax_combination, name="tax-combination"),
    path("currencies/", finance.currencies, name="currencies"),
    path("currencies/add", finance.currency_add, name="currency-add"),
    path("currencies/rate", finance.currency_rate, name="currency-rate"),
    *list_routes(ANALYSIS_SCREEN, "analysis-codes"),
    path("settings/", settings.settings, name="settings"),
    path("settings/log/", settings.log, name="settings-log"),
    path("settings/users/", staff.members, name="members"),
    path("settings/users/add", staff.member_add, name="member-add"),
    path("settings/users/<int:pk>/role", staff.member_role, name="member-role"),
    path("settings/users/<int:pk>/link", staff.member_link, name="member-link"),
    path("settings/users/<int:pk>/remove", staff.member_remove, name="member-remove"),
    path("settings/company/", staff.company, name="company-settings"),
    path("settings/company/add", staff.company_add, name="company-add"),
    path("settings/integration/", integration.integration, name="integration"),
    path(f"{XERO}/", integration.xero, name="xero"),
    path(f"{XERO}/outbox/", outbox.outbox, name="outbox"),
    path(f"{XERO}/outbox/decide", outbox.decide, name="outbox-decide"),
    path(f"{XERO}/progress", integration.progress, name="xero-progress"),
    path(f"{XERO}/connect/", connecting.guide, name="xero-guide"),
    path(f"{XERO}/connect", connecting.connect, name="xero-connect"),
    path(f"{XERO}/choose/", connecting.choose, name="xero-choose"),
    path(f"{XERO}/sync", integration.sync_now, name="xero-sync"),
    path(f"{XERO}/streams/<slug:stream>/reread", integration.reread, name="xero-reread"),
    path(f"{XERO}/disconnect", integration.disconnect, name="xero-disconnect"),
    path(f"{XERO}/unfinished", alerts.unfinished_done, name="xero-unfinished"),
    path(f"{XERO}/alerts/", alerts.alerts, name="xero-alerts"),
    path(f"{XERO}/alerts/test", alerts.test, name="xero-alerts-test"),
    path(f"{XERO}/alerts/secret", alerts.secret, name="xero-alerts-secret"),
    path(f"{XERO}/alerts/retry", alerts.retry, name="xero-alerts-retry"),
    path(f"{XERO}/settings/", import_settings.import_settings, name="xero-settings"),
    path(f"{XERO}/sending/", sending.sending, name="xero-sending"),
    path(f"{XERO}/sending/template", sending.template_choose, name="xero-template"),
    path(f"{XERO}/settings/b2c-hits", import_settings.b2c_hits, name="xero-b2c-hits"),
    path(f"{XERO}/webhooks/", webhooks.webhook_page, name="xero-webhooks"),
    path(f"{XERO}/pause", integration.pause, name="xero-pause"),
    path(f"{XERO}/resume", integration.resume, name="xero-resume"),
    path(f"{XERO}/preview", previews.preview, name="xero-preview"),
    path(f"{XERO}/preview/again", previews.preview_again, name="xero-preview-again"),
    path(f"{XERO}/preview/import", previews.import_now, name="xero-import"),
    path(f"{XERO}/undo/", undo.undo, name="xero-undo"),
    path(f"{XERO}/causes/decide", causes.decide, name="xero-cause-decide"),
    path(f"{XERO}/history/", history.history, name="xero-history"),
    path(f"{XERO}/history/passes.csv", history.history_export, name="xero-history-export"),
    path(f"{XERO}/set-aside/", asides.set_aside, name="xero-set-aside"),
    path(f"{XERO}/set-aside/decide", asides.cause_decide, name="xero-set-aside-decide"),
    path(f"{XERO}/set-aside/<int:pk>/retry", asides.set_aside_retry, name="xero-set-aside-retry"),
    path(f"{XERO}/set-aside/<int:pk>/dismiss", asides.set_aside_dismiss, name="xero-set-aside-dismiss"),
    path(f"{XERO}/verify/", verify.verify, name="xero-verify"),
    path(f"{XERO}/verify/begin", verify.verify_begin, name="xero-verify-begin"),
    path(f"{XERO}/verify/repair", verify.repair_begin, name="xero-repair"),
    path(f"{XERO}/verify/differences.csv", verify.verify_export, name="xero-verify-export"),
    path(f"{XERO}/left-out/", integration.left_out, name="xero-left-out"),
    path("integration/xero/callback", connecting.callback, name="xero-callback"),
    path("healthz", operating.healthz, name="healthz"),
    path("readyz", operating.readyz, name="readyz"),
    path("status.json", operating.status, name="operator-status"),
    path("metrics", operating.metrics, name="metrics"),
    path("integration/xero/webhook", webhooks.receive, name="xero-webhook"),
]
