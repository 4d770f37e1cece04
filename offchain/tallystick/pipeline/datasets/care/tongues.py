"""Guesses a text's language by script, and by function words where languages share one.

Sees no dialect, no romanised text and no mixed one; names, tables and short lines are no language: the answer is None
then. Danish and Norwegian share most function words and are one here ("da"). Other languages are
not known at all and mostly give None, but a near relative of a listed one may be taken for it.
"""

import re
from collections import Counter

_FUNCTION_WORDS = {
    "en": "the of and to in is that it was for on are with as his they be at this have from or had by but not what were "
    "there can an your which their if will do how about many then them these so some her would him has no could my than "
    "been who its now did our",
    "de": "der die und das ist nicht ein eine einen einem einer mit sich des auf für von dem im zu den auch es an als "
    "wie aus bei nach wird sind noch oder über ich wir sie er war hat aber wenn nur kann vom zum zur",
    "fr": "le la les des est et une un du que dans qui pour pas sur au ce il avec sont elle plus par je vous nous mais "
    "ou se ne cette son sa ses aux été être ont leur c'est d'un d'une qu'il",
    "es": "el la los las que de en y es un una por con para del se no su al lo como más pero sus le ha este esta muy "
    "está fue son hay también cuando donde porque sin sobre ser",
    "it": "il la che di un una per non è sono del della con si da al gli le nel nella dei delle ma come anche più questo "
    "questa ha lo alla dal ed se era suo sua dell l'ha essere",
    "pt": "o a os as que de do da em um uma para com não no na por mais dos das se é foi ao ele ela seu sua ou quando "
    "muito já está também pelo pela até isso são ser",
    "nl": "de het een en van is dat niet op te zijn voor met die aan er om ook als maar bij dan nog wel naar uit door "
    "heeft hij ze was worden wordt geen kan dit deze over",
    "sv": "och att det som en är på för av med till den har inte om ett han var jag från men de så sig vi kan där när "
    "eller hon skulle också efter vid",
    "da": "og det er en til på som af for med de den ikke har et jeg var fra han vi men så kan der sig eller om ble "
    "blev også efter være hun ved til dem",
    "pl": "i w nie na się że do jest to z o jak ale po co tak za od przez był było jego już są dla tym czy może być "
    "która który ich tylko jej",
    "cs": "a v se na je že to s z do o ale jako za po jsem by jsou být byl bylo také ve pro tak nebo jeho když už které "
    "který která aby",
    "tr": "ve bir bu da de için ile çok ne gibi daha olarak olan var kadar sonra ben mi değil ama en her o şey olduğu "
    "ki ya veya",
    "fi": "ja on ei se että hän oli mutta ovat kun niin myös joka tai olla mitä kuin sen vain ole tämä jos hänen ne "
    "voi minä nyt sitä",
    "ro": "și de la în a nu că este cu un o pe din pentru care mai au fost ce să lui sunt se ale dar sau fi până după "
    "fără este",
    "hu": "az és hogy nem egy ez van de meg csak már volt mint vagy ki el még így azt lehet mert azonban kell "
    "nagyon ha",
    "ru": "и в не на что он с как это по но из у за от так для же все бы было его она ты вы мы они был только если "
    "или к",
    "uk": "і в не на що він з як це до та але від у за так для ж все було його вона ти ви ми вони був тільки якщо або "
    "є який",
    "bg": "и в не на че той с като това по но от за се да е са ще беше му тя ти вие ние те само ако или който към",
}
_SCRIPTS = {
    "ja": r"\u3040-\u30ff",
    "ko": r"\uac00-\ud7af\u1100-\u11ff",
    "zh": r"\u3400-\u9fff",
    "th": r"\u0e00-\u0e7f",
    "el": r"\u0370-\u03ff",
    "he": r"\u0590-\u05ff",
    "ar": r"\u0600-\u06ff",
    "hi": r"\u0900-\u097f",
}
LANGUAGES = (*_FUNCTION_WORDS, *_SCRIPTS)
_LETTERS = {language: re.compile(f"[{chars}]") for language, chars in _SCRIPTS.items()}
_SPEAKERS: dict[str, list[str]] = {}
for _language, _listed in _FUNCTION_WORDS.items():
    for _word in set(_listed.split()):
        _SPEAKERS.setdefault(_word, []).append(_language)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LEAST_SHARE = 0.15
_LEAST_LEAD = 1.25
_LEAST_DISTINCT = 2
# Japanese text is mostly Han characters; some kana settle it.
_LEAST_KANA = 0.1


def guess(text: str, fewest_words: int) -> str | None:
    """One of `LANGUAGES`; None for texts too short, too mixed or without function words."""
    if not text.isascii() and (language := _by_script(text, fewest_words)):
        return language
    found = _WORD.findall(text.lower())
    return _by_words(found) if len(found) >= fewest_words else None


def _by_script(text: str, fewest: int) -> str | None:
    letters = sum(map(str.isalpha, text))
    counts = {language: len(pattern.findall(text)) for language, pattern in _LETTERS.items()}
    if counts["ja"] >= _LEAST_KANA * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts.pop("zh")
    language, count = max(counts.items(), key=lambda item: item[1])
    return language if count >= fewest and 2 * count > letters else None


def _by_words(found: list[str]) -> str | None:
    hits: Counter[str] = Counter()
    distinct: Counter[str] = Counter()
    for word, times in Counter(found).items():
        for language in _SPEAKERS.get(word, ()):
            hits[language] += times
            distinct[language] += 1
    ranked = sorted(hits, key=lambda each: (-hits[each], -distinct[each]))
    if not ranked:
        return None
    most, second = hits[ranked[0]], hits[ranked[1]] if len(ranked) > 1 else 0
    is_clear = most >= _LEAST_SHARE * len(found) and most >= _LEAST_LEAD * second
    return ranked[0] if is_clear and distinct[ranked[0]] >= _LEAST_DISTINCT else None
