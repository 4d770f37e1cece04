import pytest

from tallystick.pipeline.datasets.care.finding import Kind
from tallystick.pipeline.datasets.care.rules import Rules
from tallystick.pipeline.datasets.care.tongues import LANGUAGES, guess
from tallystick.pipeline.datasets.care.wording import check_languages, check_toxicity

SAID = {
    "en": "The mill stands by the river and has ground grain for the farms of the valley since it was built.",
    "de": "Die Mühle steht am Fluss und hat für die Höfe des Tals Korn gemahlen, seit sie von den Mönchen gebaut ist.",
    "fr": "Le moulin se trouve au bord de la rivière et il a moulu le grain pour les fermes de la vallée.",
    "es": "El molino está junto al río y ha molido el grano para las granjas del valle desde que se construyó.",
    "it": "Il mulino si trova vicino al fiume e ha macinato il grano per le fattorie della valle da quando è fatto.",
    "pt": "O moinho fica à beira do rio e não parou de moer o grão para as quintas do vale desde que foi construído.",
    "nl": "De molen staat aan de rivier en heeft het graan voor de boerderijen van het dal gemalen sinds hij er is.",
    "sv": "Kvarnen ligger vid ån och har malt säd för gårdarna i dalen sedan den byggdes av munkarna som var där.",
    "da": "Møllen ligger ved åen og har malet korn for gårdene i dalen siden den blev bygget af munkene, som var der.",
    "pl": "Młyn stoi nad rzeką i od dawna mieli zboże dla gospodarstw w dolinie, ale nie jest już tak stary jak był.",
    "cs": "Mlýn stojí u řeky a mele obilí pro statky v údolí, ale není to tak dávno, co se o něj starali mniši.",
    "tr": "Değirmen nehrin yanında ve bu vadideki çiftlikler için çok eski bir yer olarak ama daha çok tahıl öğütüyor.",
    "fi": "Mylly on joen rannalla ja se on jauhanut viljaa laakson tiloille, mutta nyt se ei ole enää niin vanha.",
    "ro": "Moara este lângă râu și a măcinat grâne pentru fermele din vale, dar nu mai este așa cum a fost.",
    "hu": "A malom a folyó mellett van és már régen őröl, de nem csak egy malom volt, hanem ez az egész völgy is.",
    "ru": "Мельница стоит у реки и мелет зерно для всех ферм в долине, но это было только так, как они сказали.",
    "uk": "Млин стоїть біля річки і меле зерно для ферм у долині, але це було не так, як вони про це сказали.",
    "bg": "Мелницата е до реката и тя мели зърно за фермите в долината, но това не беше така, както са казали.",
    "ja": "水車小屋は川のそばにあり、谷の農家のために穀物をひいてきた。",
    "ko": "물레방아는 강가에 있으며 계곡의 농장을 위해 곡식을 빻아 왔다.",
    "zh": "水磨坊位于河边，自建成以来一直为山谷里的农场磨粮食。",
    "th": "โรงสีตั้งอยู่ริมแม่น้ำและบดเมล็ดพืชให้ฟาร์มในหุบเขา",
    "el": "Ο μύλος βρίσκεται δίπλα στο ποτάμι και αλέθει σιτηρά για τα αγροκτήματα.",
    "he": "הטחנה עומדת ליד הנהר וטוחנת תבואה עבור החוות בעמק.",
    "ar": "تقع الطاحونة بجانب النهر وتطحن الحبوب لمزارع الوادي.",
    "hi": "चक्की नदी के किनारे है और घाटी के खेतों के लिए अनाज पीसती है।",
}


def test_languages_when_listed_all_have_a_sentence_here() -> None:
    assert set(SAID) == set(LANGUAGES)


@pytest.mark.parametrize("language", SAID)
def test_language_when_a_sentence_is_whole_is_guessed(language: str) -> None:
    assert guess(SAID[language], 8) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The mill.",
        "name[The Golden Palace], eatType[coffee shop], food[Fast food], priceRange[cheap], area[riverside]",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "Alimentum Aromi Cocum Fitzbillies Giraffe Strada Travellers Wildwood Zizzi Cotto",
    ],
)
def test_language_when_there_is_too_little_to_tell_is_none(text: str) -> None:
    assert guess(text, 8) is None


def test_languages_when_one_record_differs_it_is_flagged() -> None:
    records = [{"text": SAID["en"]}] * 3 + [{"text": SAID["de"]}, {"text": "Mühle."}]

    assert [(f.index, f.kind) for f in check_languages(records, Rules())] == [(3, Kind.LANGUAGE)]
    assert list(check_languages(records, Rules(languages=("en", "de")))) == []
    assert [f.index for f in check_languages(records, Rules(languages=("de",)))] == [0, 1, 2]


def test_toxicity_when_a_listed_word_or_threat_stands_is_flagged_without_repeating_it() -> None:
    records = [
        {"text": "You utter MORON, go away."},
        {"text": "Just  kill\nyourself then."},
        {"text": "I’ll kill you for it."},
        {
            "text": "Scunthorpe, Sussex, a shitake cocktail and a mississippi of assassins; kill the lights yourself."
        },
    ]

    found = list(check_toxicity(records, Rules()))

    assert [f.index for f in found] == [0, 1, 2]
    assert (found[0].start, found[0].end) == (10, 15)
    assert "moron" not in found[0].message.lower()


def test_toxicity_when_rules_add_terms_finds_them_as_they_are_written() -> None:
    records = [{"text": "a (bad+word) here"}, {"text": "a baddword"}]

    assert [f.index for f in check_toxicity(records, Rules(toxic_terms=("bad+word", " ")))] == [0]
