from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from counterfoil.crm.customers.listing import people_at, person_of
from counterfoil.web.lists.views import neighbours_of
from counterfoil.web.people.screen import SCREEN, full_name
from counterfoil.web.policy import allowed
from counterfoil.web.requests import CompanyRequest


@allowed("records.read")
def person(request: CompanyRequest, pk: int) -> HttpResponse:
    found = person_of(request.company.pk, pk)
    if found is None:
        raise Http404
    colleagues = [one for one in people_at(found.division) if one.pk != found.pk]
    context = {
        "person": found,
        "name": full_name(found),
        "title": full_name(found)[:80],
        "colleagues": colleagues,
        **neighbours_of(SCREEN, request, pk),
    }
    return render(request, "people/person.html", context)
