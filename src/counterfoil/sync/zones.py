"""Xero's time zone names (Windows zones, upper case, without spaces) as IANA names, and when a day begins there.

Source: xero-facts 4.1 for the form; the pairs are Unicode CLDR's windowsZones for the zones of
countries where Xero sells editions and their neighbours. An unknown zone is UTC: dates of documents
do not depend on it, only when a document counts as overdue.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

# Xero's clock and ours need not agree to the minute.
AFTER_MIDNIGHT = dt.timedelta(minutes=10)
# What was read in the evening need not be read again at midnight; it is before people come to work.
A_NIGHT = dt.timedelta(hours=6)

_IANA = {
    "GMTSTANDARDTIME": "Europe/London",
    "GREENWICHSTANDARDTIME": "Atlantic/Reykjavik",
    "WEUROPESTANDARDTIME": "Europe/Berlin",
    "ROMANCESTANDARDTIME": "Europe/Paris",
    "CENTRALEUROPESTANDARDTIME": "Europe/Budapest",
    "CENTRALEUROPEANSTANDARDTIME": "Europe/Warsaw",
    "GTBSTANDARDTIME": "Europe/Bucharest",
    "FLESTANDARDTIME": "Europe/Kiev",
    "EEUROPESTANDARDTIME": "Europe/Chisinau",
    "TURKEYSTANDARDTIME": "Europe/Istanbul",
    "RUSSIANSTANDARDTIME": "Europe/Moscow",
    "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
    "EAFRICASTANDARDTIME": "Africa/Nairobi",
    "WCENTRALAFRICASTANDARDTIME": "Africa/Lagos",
    "EGYPTSTANDARDTIME": "Africa/Cairo",
    "ISRAELSTANDARDTIME": "Asia/Jerusalem",
    "ARABSTANDARDTIME": "Asia/Riyadh",
    "ARABIANSTANDARDTIME": "Asia/Dubai",
    "PAKISTANSTANDARDTIME": "Asia/Karachi",
    "INDIASTANDARDTIME": "Asia/Kolkata",
    "SRILANKASTANDARDTIME": "Asia/Colombo",
    "BANGLADESHSTANDARDTIME": "Asia/Dhaka",
    "SEASIASTANDARDTIME": "Asia/Bangkok",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "CHINASTANDARDTIME": "Asia/Shanghai",
    "TAIPEISTANDARDTIME": "Asia/Taipei",
    "TOKYOSTANDARDTIME": "Asia/Tokyo",
    "KOREASTANDARDTIME": "Asia/Seoul",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "WESTPACIFICSTANDARDTIME": "Pacific/Port_Moresby",
    "CENTRALPACIFICSTANDARDTIME": "Pacific/Guadalcanal",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "FIJISTANDARDTIME": "Pacific/Fiji",
    "TONGASTANDARDTIME": "Pacific/Tongatapu",
    "SAMOASTANDARDTIME": "Pacific/Apia",
    "HAWAIIANSTANDARDTIME": "Pacific/Honolulu",
    "ALASKANSTANDARDTIME": "America/Anchorage",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "USMOUNTAINSTANDARDTIME": "America/Phoenix",
    "MOUNTAINSTANDARDTIME": "America/Denver",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "CANADACENTRALSTANDARDTIME": "America/Regina",
    "CENTRALSTANDARDTIME(MEXICO)": "America/Mexico_City",
    "EASTERNSTANDARDTIME": "America/New_York",
    "USEASTERNSTANDARDTIME": "America/Indiana/Indianapolis",
    "SAPACIFICSTANDARDTIME": "America/Bogota",
    "ATLANTICSTANDARDTIME": "America/Halifax",
    "NEWFOUNDLANDSTANDARDTIME": "America/St_Johns",
    "ESOUTHAMERICASTANDARDTIME": "America/Sao_Paulo",
    "ARGENTINASTANDARDTIME": "America/Buenos_Aires",
    "AZORESSTANDARDTIME": "Atlantic/Azores",
}


def iana_zone(xero_zone: str) -> str:
    """The IANA name of Xero's `Timezone`, `UTC` when it is unknown or empty."""
    return _IANA.get(xero_zone.upper().replace(" ", ""), "UTC")


def day_begun(zone: str, since: dt.datetime, at: dt.datetime) -> bool:
    """Whether another day has begun in this IANA zone since everything was compared, by any summer time.

    What was due yesterday is overdue from midnight on, which leaves no stamp on anything (xero-facts 3.5).
    """
    if at - since < A_NIGHT:
        return False
    there = ZoneInfo(zone or "UTC")
    return (at - AFTER_MIDNIGHT).astimezone(there).date() > (since - AFTER_MIDNIGHT).astimezone(there).date()
