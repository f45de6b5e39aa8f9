from __future__ import annotations

from django.urls import URLPattern, path

from counterfoil.web.lists.views import list_routes
from counterfoil.web.quotes import (
    board_views,
    line_views,
    paper_views,
    settings_views,
    stage_views,
    template_views,
    views,
)
from counterfoil.web.quotes.screen import SCREEN

ONE = "quotes/<int:pk>"
TEMPLATES = "settings/quotes/templates"

QUOTE_ROUTES: list[URLPattern] = [
    *list_routes(SCREEN, "quotes", "quotes/list.html"),
    path("quotes/board/", board_views.board, name="quotes-board"),
    path("quotes/new/", views.quote_new, name="quotes-new"),
    path("quotes/new/customers", views.customer_choices, name="quotes-customers"),
    path("settings/quotes/", settings_views.quote_settings, name="quote-settings"),
    path(f"{TEMPLATES}/", template_views.templates, name="quote-templates"),
    path(f"{TEMPLATES}/upload", template_views.template_upload, name="quote-template-upload"),
    path(f"{TEMPLATES}/letterhead", template_views.letterhead, name="quote-letterhead"),
    path(f"{TEMPLATES}/built-in.docx", template_views.built_in, name="quote-templates-built-in"),
    path(
        f"{TEMPLATES}/built-in/default",
        template_views.built_in_default,
        name="quote-templates-built-in-default",
    ),
    path(f"{TEMPLATES}/<int:pk>.docx", template_views.template_file, name="quote-template-file"),
    path(f"{TEMPLATES}/<int:pk>/default", template_views.template_default, name="quote-template-default"),
    path(f"{TEMPLATES}/<int:pk>/remove", template_views.template_remove, name="quote-template-remove"),
    path(f"{ONE}/", views.quote, name="quote"),
    path(f"{ONE}/edit", views.quote_edit, name="quote-edit"),
    path(f"{ONE}/customer", views.quote_customer, name="quote-customer"),
    path(f"{ONE}/delivery", views.delivery, name="quote-delivery"),
    path(f"{ONE}/version", views.version, name="quote-version"),
    path(f"{ONE}/products", line_views.product_choices, name="quote-products"),
    path(f"{ONE}/line", line_views.line, name="quote-line"),
    path(f"{ONE}/line/add", line_views.line_add, name="quote-line-add"),
    path(f"{ONE}/line/edit", line_views.line_edit, name="quote-line-edit"),
    path(f"{ONE}/line/move", line_views.line_move, name="quote-line-move"),
    path(f"{ONE}/line/optional", line_views.line_optional, name="quote-line-optional"),
    path(f"{ONE}/line/remove", line_views.line_remove, name="quote-line-remove"),
    path(f"{ONE}/quote.pdf", paper_views.pdf, name="quote-pdf"),
    path(f"{ONE}/quote.docx", paper_views.word, name="quote-word"),
    path(f"{ONE}/template", template_views.template_choose, name="quote-template"),
    path(f"{ONE}/mail", paper_views.mail, name="quote-mail"),
    path(f"{ONE}/move", board_views.move, name="quote-move"),
    path(f"{ONE}/send", stage_views.send, name="quote-send"),
    path(f"{ONE}/win", stage_views.win, name="quote-win"),
    path(f"{ONE}/lose", stage_views.lose, name="quote-lose"),
    path(f"{ONE}/revise", stage_views.revise, name="quote-revise"),
    path(f"{ONE}/copy", stage_views.copy, name="quote-copy"),
    path(f"{ONE}/confirm", stage_views.confirm, name="quote-confirm"),
    path(f"{ONE}/where", stage_views.where, name="quote-where"),
    path(f"{ONE}/clash", stage_views.clash, name="quote-clash"),
    path(f"{ONE}/retry", stage_views.retry, name="quote-retry"),
    path(f"{ONE}/skip", stage_views.skip, name="quote-skip"),
    path(f"{ONE}/reopen", stage_views.reopen, name="quote-reopen"),
    path(f"{ONE}/amend", stage_views.amend, name="quote-amend"),
    path(f"{ONE}/amend/drop", stage_views.amend_drop, name="quote-amend-drop"),
]
