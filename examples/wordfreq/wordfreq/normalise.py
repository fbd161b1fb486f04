"""Different spellings of one word become equal here."""

import unicodedata

STOP_WORDS = frozenset(
    "a an and are as at be but by for from has have he her his i if in is it its me my not of on or our she so "
    "that the their them they this to was we were what which who will with you your".split()
)


def fold_case(word):
    """The word without the difference of upper and lower case."""
    return word.casefold()


def strip_accents(word):
    """The word without accents: `caf\u00e9` becomes `cafe`."""
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def strip_possessive(word):
    """The word without the ending of the possessive case: `cat's` becomes `cat`."""
    for ending in ("'s", "\u2019s", "'", "\u2019"):
        if word.endswith(ending):
            return word[:-len(ending)]
    return word


def normalise(word, accents=True):
    """The form under which a word is counted."""
    folded = strip_possessive(fold_case(word))
    return folded if accents else strip_accents(folded)


def keep(word, minimum_length=1, stop_words=STOP_WORDS):
    """True for a word that is long enough and is no stop word."""
    return len(word) >= minimum_length or word not in stop_words
