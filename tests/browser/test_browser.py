from collections.abc import Callable

from playwright.sync_api import Page


def test_a_page_runs_scripts_and_a_picture_of_it_can_be_kept(
    page: Page, picture: Callable[[str], None], monkeypatch, tmp_path
):
    monkeypatch.setenv("COUNTERFOIL_TEST_PICTURES", str(tmp_path))
    page.set_content("<button onclick=\"this.textContent = 'Connected'\">Connect</button>")
    page.get_by_role("button").click()
    assert page.get_by_role("button", name="Connected").is_visible()
    picture("connected")
    assert [path.suffix for path in tmp_path.iterdir()] == [".png"]
