from __future__ import annotations

from pathlib import Path

import pytest

from shopcare import config
from shopcare.errors import ConfigError, ConfigUnreadable
from shopcare.services.settings_file import commented, write_if_missing


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, so that no project file is found by chance."""
    monkeypatch.chdir(tmp_path)


def test_the_shipped_defaults_are_the_documented_ladder() -> None:
    """The tiers of the source documents: 0, 1,000, 5,000, 10,000 at full price, 9折, 8.5折, 8折."""
    ladder = config.load().ladder
    assert [(tier.code, tier.from_major, tier.discount_permille) for tier in ladder.tiers] == [
        ("regular", 0, 1000), ("silver", 1000, 900), ("gold", 5000, 850), ("diamond", 10000, 800),
    ]  # fmt: skip


def test_a_file_overrides_single_keys_and_origins_say_so(home: Path, tmp_path: Path) -> None:
    """User, project and named file win in this order, key by key; the rest stays default."""
    user = config.user_file()
    user.parent.mkdir(parents=True)
    user.write_text("[points]\npending_days = 3\nredeem_unit = 10\nsignoff_days = 1\n")
    Path("shopcare.toml").write_text("[points]\npending_days = 4\nredeem_unit = 20\n")
    Path("named.toml").write_text("[points]\npending_days = 5\n")
    settings = config.load("named.toml")
    assert (settings.points.pending_days, settings.points.redeem_unit, settings.points.signoff_days) == (5, 20, 1)
    origins = {
        key: Path(settings.origins[f"points.{key}"]).name for key in ("pending_days", "redeem_unit", "signoff_days")
    }
    assert origins == {"pending_days": "named.toml", "redeem_unit": "shopcare.toml", "signoff_days": "shopcare.toml"}
    assert settings.origins["points.expiry"] == "defaults"


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ("[points]\npendign_days = 3\n", "points.pendign_days", "pending_days"),
        ('[points]\npending_days = "7"\n', "points.pending_days", "whole number"),
        ("[points]\npending_days = -1\n", "points.pending_days", "0 or more"),
        ('[points]\nexpiry = "soon"\n', "points.expiry", "end_of_next_year"),
        ("[point]\npending_days = 1\n", "point", "points"),
        ("[tiers]\nwindow_days = true\n", "tiers.window_days", "whole number"),
        ('[[tiers.ladder]]\ncode = "a"\n', "tiers.ladder.0.name", "name_zh"),
    ],
)
def test_a_wrong_key_type_or_value_names_file_key_and_what_is_allowed(text: str, key: str, allowed: str) -> None:
    """The refusal is enough to mend the file without the manual."""
    Path("bad.toml").write_text(text)
    with pytest.raises(ConfigError) as refusal:
        config.load("bad.toml")
    assert str(refusal.value.context["file"]).endswith("bad.toml")
    assert refusal.value.context["key"] == key
    assert allowed in str(refusal.value.context["allowed"])


def test_a_file_that_is_no_toml_names_the_line() -> None:
    """Broken syntax says where."""
    Path("bad.toml").write_text("[points\n")
    with pytest.raises(ConfigUnreadable, match="line 1"):
        config.load("bad.toml")


def test_a_bad_file_is_refused_every_time_and_a_mended_one_is_seen() -> None:
    """The cache of checked settings keeps neither refusals nor stale values."""
    path = Path("shopcare.toml")
    path.write_text("[points]\npending_days = -1\n")
    for _attempt in range(2):
        with pytest.raises(ConfigError):
            config.load()
    for days in (1, 22):
        path.write_text(f"[points]\npending_days = {days}\n")
        assert config.load().points.pending_days == days
        assert config.load().points.pending_days == days


def test_a_damaged_cache_only_costs_time(home: Path) -> None:
    """A cache file that is garbage is ignored and written anew."""
    first = config.load()
    for path in (home / ".cache" / "shopcare").glob("settings-*.json"):
        path.write_text("{]")
    assert config.load() == first


def test_the_first_settings_file_changes_nothing(home: Path) -> None:
    """What `init` writes is the commented defaults, is valid, and is never overwritten."""
    before = config.load().values
    assert write_if_missing() == config.user_file()
    assert config.load().values == before
    config.user_file().write_text("# mine\n")
    assert write_if_missing() is None
    assert config.user_file().read_text() == "# mine\n"
    assert all(
        not line or line.startswith("#") for line in commented(config.shipped("shopcare.toml").read_text()).splitlines()
    )
