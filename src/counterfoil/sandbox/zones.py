"""Xero's time zone words (Windows names, upper case, without spaces) as IANA zones. Facts: xero-facts 4.1."""

from __future__ import annotations

from zoneinfo import ZoneInfo

_IANA = {
    "GMTSTANDARDTIME": "Europe/London",
    "WESTERNEUROPESTANDARDTIME": "Europe/Berlin",
    "ROMANCESTANDARDTIME": "Europe/Paris",
    "WEUROPESTANDARDTIME": "Europe/Berlin",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "EASTERNSTANDARDTIME": "America/New_York",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "MOUNTAINSTANDARDTIME": "America/Denver",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
    "UTC": "UTC",
}


def zone(word: str) -> ZoneInfo:
    """The zone of one of Xero's words; UTC for a word not listed here."""
    return ZoneInfo(_IANA.get(word, "UTC"))
