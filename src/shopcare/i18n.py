"""Message translation: English message ids, gettext catalogues, chosen once per process.

`gettext` is imported only when the language is not English, because English needs no catalogue and start-up is counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable

LANGUAGES = ("en", "zh_CN")

_translate: Callable[[str], str] | None = None
_language: str | None = None


def language_from(name: str) -> str:
    """The supported language a locale name such as `zh_CN.UTF-8` asks for; English for anything else."""
    return "zh_CN" if name.lower().replace("-", "_").startswith("zh") else "en"


def language() -> str:
    """The language of this process: SHOPCARE_LANG, then LC_ALL, LC_MESSAGES, LANG."""
    global _language  # noqa: PLW0603 - one choice per process
    if _language is None:
        names = (os.environ.get(key) for key in ("SHOPCARE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
        _language = language_from(next((name for name in names if name), "en"))
    return _language


def set_language(name: str) -> None:
    """Choose the language for the rest of the process (`--lang`)."""
    global _language, _translate
    _language, _translate = language_from(name), None


def _(message: str) -> str:
    """The message in the language of this process; the message itself where no translation exists."""
    global _translate  # noqa: PLW0603 - loaded once per process
    if not message or language() == "en":
        return message
    if _translate is None:
        import gettext
        from pathlib import Path

        catalogue = gettext.translation(
            "shopcare", localedir=Path(__file__).parent / "locale", languages=[language()], fallback=True
        )
        _translate = catalogue.gettext
    return _translate(message)


def N_(message: str) -> str:  # noqa: N802 - the customary name of gettext's marker
    """Mark a message for the catalogue without translating it here."""
    return message


def install_for_libraries() -> None:
    """Give the libraries' own gettext look-ups (usage errors, help headings) our catalogue as well."""
    import gettext
    from pathlib import Path

    os.environ["LANGUAGE"] = language()
    gettext.bindtextdomain("shopcare", str(Path(__file__).parent / "locale"))
    gettext.textdomain("shopcare")
