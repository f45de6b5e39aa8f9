import pytest

from counterfoil.core.filenames import NAME_MOST, safe_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Contract.pdf", "Contract.pdf"),
        ("Vertrag März 2026 (2).pdf", "Vertrag März 2026 (2).pdf"),
        ("契約書.pdf", "契約書.pdf"),
        ("C:\\Users\\jo\\plan.dwg", "plan.dwg"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        (" \u200b.\u2028 ", "file"),
        (".htaccess", "htaccess"),
        ("two\r\nlines\t.txt", "two lines .txt"),
        ("\x00nul\x1b.txt", "nul.txt"),
        ('a"b<c>d|e?f*g:h.txt', "abcdefgh.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),  # would be read as invoiceexe.pdf
        ("\ud800half.txt", "half.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
    ],
)
def test_a_name_keeps_what_can_be_read_and_nothing_that_misleads(given, kept):
    assert safe_name(given) == kept


@pytest.mark.parametrize("ending", ["pdf", "docx"])
def test_a_long_name_is_cut_before_its_ending(ending):
    name = safe_name(f"{'x' * 400}.{ending}")
    assert len(name) == NAME_MOST
    assert name.endswith(f"x.{ending}")


def test_an_ending_longer_than_any_is_cut_like_the_rest():
    assert safe_name(f"a.{'b' * 400}") == f"a.{'b' * (NAME_MOST - 2)}"
