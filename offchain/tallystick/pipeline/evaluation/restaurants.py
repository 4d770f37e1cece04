"""How texts say the attributes of the E2E restaurant set (Novikova, Dusek and Rieser 2017), for `slot_errors`.

Stated rules: a rating of 1, 3 or 5 out of 5 may be said as low, average or high and back; a good rating is average or
high. Under £20 may be said as cheap, £20-25 as moderate, over £30 as expensive, and back. `familyFriendly` is yes or no;
saying nothing of families is missing, not no. Names (`name`, `near`) are not here: they are said word for word.

Measured on E2E's own references against slot_error.py of tuetschek/e2e-cleaning: of 6,223 wanted slots (every fourth
of 4,176 texts) 98.5 % are judged alike, of 2,860 (496 texts) 98.6 %; in the latter it finds 11.0 % errors, these rules
10.0 %.
"""

from collections.abc import Mapping
from types import MappingProxyType

_YOUNG = r"(?:child(?:ren)?|kids?|famil(?:y|ies)|all ages?(?: groups?)?)"
_SUIT = (
    r"(?:friendly|orient(?:at)?ed|welcom(?:e|es|ed|ing)|suitable|allow(?:s|ed)?|accept(?:s|ed)?|good|great|ideal|perfect"
    r"|open(?:ed)?)"
)
_NO = r"(?:not?|non|never|isn'?t|aren'?t|doesn'?t|don'?t|is n't|does n't|cannot)"
_RATING = r"(?:ratings?|rated?|rates?|reviews?|reviewed|scores?|scored|quality|feedback|satisfaction)"
# Gaps hold no full stop: a rating that ends one sentence says nothing of the price that opens the next.
_RATER = r"(?:[ '-]*(?:customer|consumer|user|overall|quality|star|the|it)s?)*[ '-]*"
_LINK = (
    r"(?:[ ':-]+(?:is|are|was|of|as|its?|their|experience|very|being|been|has|have|an?|by|customers?|them|at|the|in"
    r"|ranges?|ranged|ranging|only))*[ ':-]+"
)


def _either(*phrases: str) -> str:
    return "|".join(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in phrases)


def _rated(number: str, digit: int, how: str) -> str:
    score = rf"(?:{number}|{digit})"
    return _either(
        rf"{score}(?: ?/ ?| ?-?out ?-?of ?-?| of )(?:5|five)(?: stars?)?",
        rf"{score}[- ]stars?",
        rf"{how}{_RATER}{_RATING}",
        rf"{_RATING}{_LINK}{how}",
    )


def _priced(how: str, *phrases: str) -> str:
    return _either(
        rf"{how}[ -]+(?:in )?(?:price[sd]?|pricing|cost(?:s|ing)?)(?:[- ]range[sd]?)?",
        rf"(?:price[sd]?|pricing|cost)(?:[- ]ranges?)?{_LINK}{how}",
        *phrases,
    )


_LOW = _rated(
    "one",
    1,
    rf"(?:low(?:ly)?|poor(?:ly)?|bad(?:ly)?|{_NO} (?:(?:have|a|very|so|too) )*(?:good|well|high(?:ly)?))",
)
_AVERAGE = _rated("three", 3, r"(?:average(?:ly)?|moderate(?:ly)?|decent|ok(?:ay)?|good)")
_HIGH = _rated("five", 5, r"(?:high(?:ly)?|excellent|great|top|well|good)")
_CHEAP = _priced(
    r"(?:low|lower|cheap|affordabl[ey]|inexpensive(?:ly)?)", "cheap(?:ly|er)?", "inexpensive", "affordable"
)
_MODERATE = _priced(
    r"(?:moderate(?:ly)?|reasonabl[ey]|average|decent|mid(?:dle)?(?:[- ]range)?|medium|fair(?:ly)?)",
    "mid[- ]range",
    "affordable",
    "not cheap",
    "not expensive",
)
_DEAR = _priced(
    r"(?:high(?:ly|er)?|expensive|up(?:per)?)", "(?:pricey|expensive|high[- ]end|upscale|not cheap)"
)


def _amount(words: str, amount: int) -> str:
    return _either(rf"(?:{words})\W*£? ?{amount}(?: ?(?:pounds?|euros?|gbp))?")


RESTAURANTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "eatType": {
            "coffee shop": _either("coffee(?:[- ]?(?:shop|house|place|bar)s?)?", "caf[eé]s?"),
            "pub": _either("pubs?"),
            "restaurant": _either("restaurants?"),
        },
        "food": {
            "Chinese": _either("chinese"),
            "English": _either("english", "british"),
            "Fast food": _either("fast[- ]?food"),
            "French": _either("french"),
            "Indian": _either("indian"),
            "Italian": _either("italian"),
            "Japanese": _either("japanese"),
        },
        "priceRange": {
            "cheap": _CHEAP,
            "less than £20": f"{_CHEAP}|{_amount('less than|under|below|up to|lower than|cheaper than', 20)}",
            "moderate": _MODERATE,
            "£20-25": f"{_MODERATE}|{_either('£? ?20 ?(?:pounds? ?)?(?:-|–|to|and) ?£? ?25(?: ?(?:pounds?|euros?))?')}",
            "high": _DEAR,
            "more than £30": f"{_DEAR}|{_amount('more than|over|above|at least|from|higher than|upwards of', 30)}",
        },
        "customer rating": {
            "low": _LOW,
            "1 out of 5": _LOW,
            "average": _AVERAGE,
            "3 out of 5": _AVERAGE,
            "high": _HIGH,
            "5 out of 5": _HIGH,
        },
        "area": {
            "riverside": _either(
                "river ?-?(?:side|bank|front)",
                r"(?:by|near|along|alongside|on|at|beside|off|next to|close to|overlooking) (?:to )?the (?:\w+ )?river",
            ),
            "city centre": _either(
                "(?:city|town)(?:'s)?[- ]?cent(?:re|er)",
                "(?:cent(?:re|er)|heart|middle) of (?:the )?(?:city|town)",
                "in the cent(?:re|er)",
                "downtown",
            ),
        },
        "familyFriendly": {
            "yes": _either(
                rf"{_YOUNG}[- ]*(?:(?:are|is) )?(?:\w+ )?{_SUIT}",
                rf"{_SUIT}(?: (?:to|for|with|at|place))?(?: (?:the|your|whole|all|both|young|a|bringing))* {_YOUNG}",
                rf"(?:for|bring|with)(?: (?:the|your|whole|entire|all|a))* {_YOUNG}",
                rf"{_YOUNG} (?:place|restaurant|pub|establishment|atmosphere|venue|coffee shop)",
            ),
            "no": _either(
                rf"{_NO}[- ]+(?:[\w']+[- ]){{0,3}}?{_YOUNG}(?:[- ]*(?:(?:are|is) )?(?:\w+ )?{_SUIT})?",
                rf"{_YOUNG}[- ]*(?:(?:are|is) )?{_NO}[- ]+(?:\w+ )?{_SUIT}",
                rf"{_YOUNG}[- ]*unfriendly",
                "adults?[- ]+only",
                "(?:only|just) for adults",
                r"adult (?:establishment|venue|place|coffee shop|pub|restaurant)",
            ),
        },
    }
)
