"""The few words on cards, in the languages of the house; any other language gets them in English."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """``back`` is written before the time at which programmes begin again."""

    up_next: str
    good_night: str
    good_morning: str
    back: str


_WORDS: Final = {
    "en": Words("Up next", "Good night", "Good morning", "Back at"),
    "de": Words("Gleich", "Gute Nacht", "Guten Morgen", "Wieder da um"),
    "fr": Words("À suivre", "Bonne nuit", "Bonjour", "De retour à"),
    "es": Words("A continuación", "Buenas noches", "Buenos días", "Volvemos a las"),
    "it": Words("Tra poco", "Buonanotte", "Buongiorno", "Si riprende alle"),
    "pt": Words("A seguir", "Boa noite", "Bom dia", "De volta às"),
    "nl": Words("Straks", "Welterusten", "Goedemorgen", "Weer terug om"),
    "sv": Words("Härnäst", "God natt", "God morgon", "Tillbaka"),
    "da": Words("Om lidt", "Godnat", "Godmorgen", "Tilbage kl."),
    "no": Words("Neste", "God natt", "God morgen", "Tilbake kl."),
    "fi": Words("Seuraavaksi", "Hyvää yötä", "Hyvää huomenta", "Jatkamme klo"),
    "pl": Words("Za chwilę", "Dobranoc", "Dzień dobry", "Wracamy o"),
    "cs": Words("Následuje", "Dobrou noc", "Dobré ráno", "Zpět v"),
    "tr": Words("Sırada", "İyi geceler", "Günaydın", "Yeniden saat"),
    "ru": Words("Далее", "Спокойной ночи", "Доброе утро", "Снова в"),
    "uk": Words("Далі", "На добраніч", "Доброго ранку", "Знову о"),
    "el": Words("Στη συνέχεια", "Καληνύχτα", "Καλημέρα", "Επιστρέφουμε στις"),
    "he": Words("מיד", "לילה טוב", "בוקר טוב", "חוזרים בשעה"),
    "ar": Words("التالي", "تصبحون على خير", "صباح الخير", "نعود في"),
    "ja": Words("このあとは", "おやすみなさい", "おはようございます", "放送再開"),
    "zh": Words("接下来", "晚安", "早上好", "恢复播出"),
}


def words(language: str) -> Words:
    """Return the words in ``language`` (ISO 639, two letters)."""
    return _WORDS.get(language, _WORDS["en"])
