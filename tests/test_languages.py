"""A language is one catalogue: films, pages, elements and commands take it from there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from film import ROOT

from litnet.cli import main
from litnet.fonts import check_letters
from litnet.lessons.statistics import measure
from litnet.lessons.words import ELEMENTS, element_words, words_script
from litnet.mobjects.words import LiveNumber, write_numbers_in
from litnet.narration import (
    FOLDER,
    cues,
    direction,
    filled,
    lang_attributes,
    languages,
    missing,
    own_name,
    read_catalogue,
    reading_speed,
    reading_time,
    said,
    translated,
)
from litnet.record.quantities import illustrative
from litnet.record.variant import known_language
from litnet.voice import PiperVoice
from network import InputError

SOURCES = ROOT / "litnet" / "lessons" / "web" / "src"


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the catalogues of an empty project, in which one works."""
    (tmp_path / "litnet.toml").touch()
    (tmp_path / "narration").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "narration"


def say(folder: Path, language: str, text: str) -> Path:
    file = folder / f"{language}.po"
    file.write_text(text, encoding="utf-8")
    return file


def one(key: str, text: str) -> str:
    return f'msgid "{key}"\nmsgstr "{text}"\n\n'


# --- which there are -----------------------------------------------------------------------------
def test_a_catalogue_makes_a_language(words: Path) -> None:
    own = {file.stem for file in FOLDER.glob("*.po")}
    assert languages()[0] == "en" and set(languages()) == own >= {"en", "ko", "de"}
    with pytest.raises(InputError, match=r"'pt-BR' is not one that the films speak; expected one"):
        known_language("pt-BR")
    file = say(words, "pt-BR", one("Recap.title", "Mais uma vez"))
    assert known_language("pt-BR") == "pt-BR" and set(languages()) == {*own, "pt-BR"}
    assert translated("Recap.title", "pt-BR") == ("Mais uma vez", file)
    english = translated("Recap.picture.title", "pt-BR")
    assert english == ("A picture", FOLDER / "en.po"), "where there is no text"


def test_what_a_language_is_called_and_which_way_it_runs() -> None:
    names = {code: own_name(code) for code in ("en", "ko", "de", "pt-BR", "ar", "tlh")}
    assert list(names.values()) == [
        *("English", "한국어", "Deutsch", "português (Brasil)", "العربية", "tlh")
    ]
    assert [direction(code) for code in ("de", "ar", "he", "tlh")] == ["ltr", "rtl", "rtl", "ltr"]
    assert lang_attributes("de") == 'lang="de"' and lang_attributes("ar") == 'lang="ar" dir="rtl"'
    with pytest.raises(InputError, match="no voice that speaks Deutsch offline"):
        PiperVoice().require("de")


@pytest.mark.parametrize("code", ["xx", "tlh", "DE", "pt_BR", "de-de", "a\u202eb"])
def test_a_catalogue_of_no_language_is_refused(words: Path, code: str) -> None:
    say(words, code, one("Recap.title", "x"))
    done = CliRunner().invoke(main, ["render", "Recap", "--language", "de"])
    assert done.exit_code == 1 and done.output.count("\n") == 1
    assert "is no language, expected a code such as de or pt-BR" in done.output
    assert [path.name for path in words.parent.iterdir() if path.name == "renders"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (one("Recap.answer", "{outputs}: {antwort}"), r"{antwort}, expected {answer}, {outputs}"),
        (one("Recap.answer", "{answer.__class__}"), r"{answer.__class__}, expected {answer}, {o"),
        (one("Recap.answer", "{answer:>9999999}"), r"{answer:>9999999}, expected {answer}, {out"),
        (one("Recap.answer", "{answer"), "has braces that are no placeholder's, expected some"),
        (one("Recap.answer.title", "{}"), r"has the placeholder {}, expected {answer}"),
        (one("Recap.title", "{answer}"), r"has the placeholder {answer}, expected none"),
        ("this is no catalogue\n", "expected a gettext catalogue"),
        ('msgid ""\nmsgstr "X-Reading-Speed: fast\\n"\n', "X-Reading-Speed is fast, expected 1 to"),
        ('msgid ""\nmsgstr ""\n"X-Reading-Speed: 0\\n"\n', "X-Reading-Speed is 0, expected 1 to"),
    ],
)
def test_a_wrong_catalogue_is_refused_in_a_sentence(words: Path, text: str, expected: str) -> None:
    say(words, "fr", text)
    done = CliRunner().invoke(main, ["still", "Recap", "--language", "fr", "-o", "x.png"])
    assert done.exit_code == 1 and done.output.count("\n") == 1, done.output
    assert done.output.startswith("litnet: ") and expected in done.output
    assert "fr.po" in done.output and not Path("x.png").exists()


def test_a_text_of_one_s_own_story_is_held_against_its_own_english(words: Path) -> None:
    say(words, "en", one("Mine.x", "{a}"))
    say(words, "fr", one("Mine.x", "{b}"))
    with pytest.raises(InputError, match=r"fr\.po: Mine\.x has the placeholder {b}, expected {a}"):
        translated("Mine.x", "fr")


# --- how they are read ---------------------------------------------------------------------------
def test_how_fast_a_language_is_read_goes_by_its_script(words: Path) -> None:
    # Those of the style guides for subtitles: alphabets, Hangul, Chinese, Japanese.
    speeds = {"en": 17, "de": 17, "ru": 17, "ko": 12, "zh-Hans": 9, "zh-Hant-HK": 9, "ja": 4}
    assert {code: reading_speed(code) for code in speeds} == speeds
    assert reading_time("x" * 34, "de") == pytest.approx(2.0)


def test_a_catalogue_may_say_how_fast_it_is_read(words: Path) -> None:
    assert reading_speed("fr") == 17
    say(words, "fr", 'msgid ""\nmsgstr ""\n"Language: fr\\n"\n"X-Reading-Speed: 15.5\\n"\n')
    assert reading_speed("fr") == 15.5
    assert reading_time("x" * 31, "fr") == pytest.approx(2.0)


def test_a_lesson_without_blanks_is_read_by_its_characters() -> None:
    prose = "神经网络" * 135  # 540 characters, at 9 a second
    assert measure("zh-Hans", prose, [], "", [], 0).reading == pytest.approx(1.0)
    assert measure("de", "ein Wort " * 95, [], "", [], 0).reading == pytest.approx(1.0)
    assert measure("ko", "낱말 " * 130, [], "", [], 0).reading == pytest.approx(1.0)


# --- what is missing -----------------------------------------------------------------------------
def test_what_a_language_has_no_text_of(words: Path) -> None:
    assert missing("en") == missing("ko") == missing("de") == []
    say(words, "en", one("Mine.a", "A") + one("Mine.b", "B"))
    say(words, "pl", one("Mine.a", "A") + one("Recap.title", "Jeszcze raz"))
    assert missing("pl", ("Mine",)) == ["Mine.b"]
    assert missing("de") == ["Mine.a", "Mine.b"]
    assert set(missing("pl")) == {*missing("nl")} - {"Mine.a", "Recap.title"}
    say(words, "de", one("Mine.c", "C"))
    assert missing("en") == ["Mine.c"], "a language that has more than English"


def test_status_marks_what_would_be_said_in_english(words: Path) -> None:
    (words.parent / "litnet.toml").write_text('language = "pl"\nlitnet-stories = false\n')
    say(words, "en", one("Mine.title", "A") + one("Mine.x", "B"))
    say(words, "pl", one("Mine.title", "A"))
    (words.parent / "scenes").mkdir()
    (words.parent / "scenes" / "mine.py").write_text(
        "from litnet import LitScene\n\n\nclass Mine(LitScene):\n    films = ('language',)\n\n"
        "    def construct(self):\n        pass\n"
    )
    done = CliRunner().invoke(main, ["status"])
    assert (
        done.exit_code == 0 and "1 text has no polski words and will be in English" in done.output
    )
    (clip,) = json.loads(CliRunner().invoke(main, ["status", "--json"]).output)["clips"]
    assert clip["untranslated"] == ["Mine.x"]


# --- plural forms and numbers --------------------------------------------------------------------
POLISH = """msgid "Lesson.films"
msgid_plural "Lesson.films"
msgstr[0] "{count} film"
msgstr[1] "{count} filmy"
msgstr[2] "{count} filmów"

msgid "Drawing.lines"
msgid_plural "Drawing.lines"
msgstr[0] "{count} połączenie:"
msgstr[1] "{count} połączenia:"
msgstr[2] "{count} połączeń:"
"""


def test_plural_forms_are_those_of_the_language(words: Path) -> None:
    english = [said("Lesson.films", "en", count=count) for count in (0, 1, 2)]
    assert english == ["0 films", "1 film", "2 films"]
    say(words, "pl", POLISH)
    counts = (1, 2, 5, 12, 22, 1005)
    assert [said("Lesson.films", "pl", count=count) for count in counts] == [
        *("1 film", "2 filmy", "5 filmów", "12 filmów", "22 filmy", "1\u00a0005 filmów")
    ]
    assert said("Lesson.minutes", "pl", count=1) == "1 minute", "in English, its forms as well"
    assert element_words("pl") == {
        "Drawing": {
            "lines": {
                "one": "{count} połączenie:",
                "few": "{count} połączenia:",
                "many": "{count} połączeń:",
                "other": "{count} połączeń:",
            }
        }
    }
    # A catalogue may have other rules than Babel's: here all but 1 are alike.
    header = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n==1 ? 0 : 1)\\n"\n\n'
    text = 'msgid "Lesson.films"\nmsgid_plural "Lesson.films"\nmsgstr[0] "A"\nmsgstr[1] "B"\n'
    say(words, "cs", header + text)
    assert [said("Lesson.films", "cs", count=count) for count in (1, 2, 5)] == ["A", "B", "B"]


def test_numbers_in_sentences_are_written_as_in_the_language() -> None:
    values = {"n": 13002, "x": "0.62", "low": "\N{MINUS SIGN}1,234.5", "name": "3", "v": "1.2.3"}
    text = "{n} {x} {low} {name} {v}"
    assert filled("K", text, values) == "13,002 0.62 \N{MINUS SIGN}1,234.5 3 1.2.3"
    assert filled("K", text, values, "ko") == "13,002 0.62 \N{MINUS SIGN}1,234.5 3 1.2.3"
    assert filled("K", text, values, "de") == "13.002 0,62 \N{MINUS SIGN}1.234,5 3 1.2.3"
    assert filled("K", "{n}", values, "fr") == "13\N{NO-BREAK SPACE}002", "a space that fonts have"


def test_an_article_goes_with_the_number_as_it_is_read() -> None:
    said = {n: filled("K", "It is a {n}.", {"n": n}) for n in (3, 8, 11, 18, 80, 88, 110, 1000)}
    assert {n for n, text in said.items() if " an " in text} == {8, 11, 18, 80, 88}
    assert filled("K", "A {name} taken for a {n}", {"name": "8", "n": "1"}) == "An 8 taken for a 1"
    assert filled("K", "a {n}", {"n": 8}, "pt-BR") == "a 8", "another language has its own rules"


def test_numbers_on_screen_are_written_as_in_the_language() -> None:
    try:
        write_numbers_in("de")
        number = LiveNumber(illustrative(-13002.5), places=1)
        assert number.text == "\N{MINUS SIGN}13.002,5"
        write_numbers_in("fr")
        assert LiveNumber(illustrative(13002.0), places=0).text == "13\N{NO-BREAK SPACE}002"
        assert number.pass_by(0.0).text == "0,0", "as it was made"
    finally:
        write_numbers_in("en")
    assert LiveNumber(illustrative(0.5)).text == "0.50"


# --- fonts ---------------------------------------------------------------------------------------
def test_letters_that_no_font_has_are_named_before_rendering(words: Path) -> None:
    file = say(words, "ka", one("Recap.picture", "კვლავ") + one("Recap.title", "კვლავ"))
    with pytest.raises(InputError) as refused:
        check_letters("Recap", "ka")
    assert re.fullmatch(
        rf"{re.escape(str(file))}: Recap\.picture has letters that the fonts of the films lack "
        r"\(LitnetSans-Regular\.ttf, .*\): კ, ვ, ლ, ა; they have Latin, Greek and Hangul\.",
        str(refused.value),
    )
    check_letters("Bias", "ka")  # of which Georgian has nothing
    done = CliRunner().invoke(main, ["still", "Recap", "--language", "ka", "-o", "x.png"])
    assert done.exit_code == 1 and "Recap.picture has letters" in done.output
    assert done.output.count("\n") == 1 and not Path("x.png").exists()


@pytest.mark.parametrize("language", languages())
def test_the_films_fonts_have_the_letters_of_what_ships(language: str) -> None:
    told = {key.partition(".")[0] for key in read_catalogue(language)}
    for story in told - {*ELEMENTS}:  # a page has the reader's fonts, too
        check_letters(story, language)


# --- elements ------------------------------------------------------------------------------------
@pytest.mark.parametrize("scope", ELEMENTS)
def test_elements_know_litnet_s_english(scope: str) -> None:
    """What is built into them is what the English catalogue says."""
    source = "".join(file.read_text("utf-8") for file in sorted(SOURCES.rglob("*.js")))
    table = source.partition(f"const WORDS = {{ // {scope}\n")[2].partition("\n};")[0]
    built_in = json.loads(
        "{" + re.sub(r"(?m)(^  |\{ |, )(\w+): ", r'\1"\2": ', table).rstrip(",") + "}"
    )
    texts = read_catalogue("en")
    named = {key.partition(".")[2]: key for key in texts if re.fullmatch(rf"{scope}\.\w+", key)}
    assert set(built_in) == set(named)
    for name, key in named.items():
        forms = {"one": texts.get(f"{key}[0]"), "other": texts[key]}
        assert built_in[name] == (forms if forms["one"] else texts[key]), name


def test_elements_are_handed_what_is_not_their_english(words: Path) -> None:
    assert element_words("en") == {} and words_script("en") == ""
    assert element_words("de")["Player"]["ask"] == translated("Player.ask", "de")[0]
    say(words, "en", one("Player.ask", "Ask it"))
    assert element_words("en") == {"Player": {"ask": "Ask it"}}
    assert words_script("en") == (
        '(globalThis.litnetWords??={})["en"]={"Player":{"ask":"Ask it"}};\n'
    )


# --- German --------------------------------------------------------------------------------------
def test_german_is_german() -> None:
    """No text was left in English: those that are alike are so in both languages."""
    english = read_catalogue("en")
    german = read_catalogue("de")
    alike = {text for key, text in german.items() if "." in key and text == english.get(key)}
    letters = {re.sub(r"\{\w+\}|[\W\d_]", " ", text).strip() for text in alike}
    both = {"", "Adam", "Blind", "Film", "Neuron", "Pixel", "Plus b", "ReLU", "Transformer"}
    assert letters <= both, letters - both


@pytest.mark.parametrize("language", languages())
def test_cues_fit_on_two_lines(language: str) -> None:
    """Those of films, with placeholders at their names' length; a film says the same of its own."""
    texts = read_catalogue(language)
    for key, text in texts.items():
        if f"{key}.title" in texts:
            for cue in cues(re.sub(r"\{\w+\}", "00", text)):
                lines = cue.splitlines()
                assert len(lines) <= 2 and max(map(len, lines)) <= 42, (key, cue)
                assert reading_time(cue, language) <= 7, (key, cue)
