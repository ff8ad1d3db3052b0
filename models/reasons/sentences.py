"""Reasons in words, English and Indonesian; every number in them is the customer's own."""

from collections.abc import Mapping

from models.reasons.languages.english import ENGLISH
from models.reasons.languages.indonesian import INDONESIAN
from models.reasons.languages.speech import Language
from models.reasons.themes import Theme

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "id": INDONESIAN}


def sentence(code: str, theme: Theme, told: Mapping[str, float | str], language: str) -> str:
    """One reason in words.

    >>> theme, told = Theme("silence", "purchase"), {"days": 35.2, "gap_days": 6.0}
    >>> sentence("silence_beyond_rhythm", theme, told, "en")
    'No purchase for 35 days, usually every 6 days'
    >>> sentence("silence_beyond_rhythm", theme, told, "id")
    'Tidak ada pembelian selama 35 hari, biasanya setiap 6 hari'
    """
    speech = LANGUAGES[language]
    said = {
        name: speech.word(one) if isinstance(one, str) else speech.value(name, one, theme.kind)
        for name, one in told.items()
    }
    about = {"subject": speech.subject(theme.subject), "then": speech.subject(theme.then)}
    return _capital(speech.sentences[code].format(**about, **said))


def for_staying(words: str, language: str) -> str:
    """A protective reason, said to be one.

    >>> for_staying("Last purchase 1 day ago", "en")
    'Speaks for staying: last purchase 1 day ago'
    """
    if words[1:2].islower() or words[1:2] == " ":
        words = words[:1].lower() + words[1:]
    return _capital(LANGUAGES[language].staying.format(words))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
