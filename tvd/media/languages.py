"""Languages by whatever name a file or a tag gives them: one code for each, and what its speakers call it.

A code here is the shortest of ISO 639 (two letters where there are two), with a region or script behind a hyphen where
one was given, as in BCP 47: ``en``, ``pt-BR``, ``zh-Hant``. Unknown is the empty string.
"""

import re
from typing import Final

_UNTAGGED: Final = frozenset({"", "und", "unknown", "mul", "zxx", "mis"})

# The two-letter code, the three-letter ones (bibliographic, terminological), the English name, the language's own.
_TABLE: Final = """
en eng - english English
de ger deu german Deutsch
fr fre fra french Français
es spa - spanish Español
it ita - italian Italiano
pt por - portuguese Português
nl dut nld dutch Nederlands
sv swe - swedish Svenska
no nor nob norwegian Norsk
da dan - danish Dansk
fi fin - finnish Suomi
pl pol - polish Polski
cs cze ces czech Čeština
sk slo slk slovak Slovenčina
hu hun - hungarian Magyar
ro rum ron romanian Română
bg bul - bulgarian Български
el gre ell greek Ελληνικά
ru rus - russian Русский
uk ukr - ukrainian Українська
tr tur - turkish Türkçe
ar ara - arabic العربية
he heb - hebrew עברית
hi hin - hindi हिन्दी
ja jpn - japanese 日本語
ko kor - korean 한국어
zh chi zho chinese 中文
th tha - thai ไทย
vi vie - vietnamese Tiếng_Việt
id ind - indonesian Bahasa_Indonesia
ms may msa malay Bahasa_Melayu
ca cat - catalan Català
hr hrv - croatian Hrvatski
sr srp - serbian Српски
bs bos - bosnian Bosanski
mk mac mkd macedonian Македонски
sq alb sqi albanian Shqip
sl slv - slovenian Slovenščina
lt lit - lithuanian Lietuvių
lv lav - latvian Latviešu
et est - estonian Eesti
is ice isl icelandic Íslenska
ga gle - irish Gaeilge
cy wel cym welsh Cymraeg
eu baq eus basque Euskara
gl glg - galician Galego
fa per fas persian فارسی
ur urd - urdu اردو
bn ben - bengali বাংলা
ta tam - tamil தமிழ்
te tel - telugu తెలుగు
la lat - latin Latina
eo epo - esperanto Esperanto
"""
_ROWS: Final = tuple(tuple(line.split()) for line in _TABLE.strip().splitlines())
_SHORTEST: Final = {code: row[0] for row in _ROWS for code in row[:3] if code != "-"}
_WORDS: Final = {name.casefold(): row[0] for row in _ROWS for name in row[3:]}
_OWN_NAMES: Final = {row[0]: row[4].replace("_", " ") for row in _ROWS}
_SUBTAGS: Final = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}|[a-z]{2}|[0-9]{3}))?(?:[-_].*)?", re.IGNORECASE)


def language(code: str) -> str:
    """Return a code in its one form: ``ger``, ``deu`` and ``de`` are ``de``; ``pt_br`` is ``pt-BR``; "" for none."""
    match = _SUBTAGS.fullmatch(code.strip())
    if match is None or match[1].lower() in _UNTAGGED:
        return ""
    base = match[1].lower()
    base = _SHORTEST.get(base, base)
    extra = match[2] or ""
    if not extra:
        return base
    return f"{base}-{extra.title() if len(extra) == 4 else extra.upper()}"


def base(code: str) -> str:
    """Return a code without region and script."""
    return language(code).partition("-")[0]


def named(word: str) -> str:
    """Return the code that a word in a file's name stands for: a known code, or a language's name; "" for neither."""
    found = _WORDS.get(word.casefold())
    if found is not None:
        return found
    code = language(word)
    return code if code.partition("-")[0] in _OWN_NAMES else ""


def own_name(code: str) -> str:
    """Return what a language calls itself: ``Deutsch``, ``Português (BR)``; the code where nobody here knows."""
    first, _, extra = code.partition("-")
    name = _OWN_NAMES.get(first, first.upper())
    return f"{name} ({extra})" if extra else name
