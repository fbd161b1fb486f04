"""Text into words, runs of words and lines."""

JOINERS = "'\u2019-"


def is_word_char(text, position):
    """True where the character at `position` belongs to a word.

    An apostrophe or a hyphen belongs to a word only between two letters or digits.
    """
    character = text[position]
    if character.isalnum():
        return True
    if character not in JOINERS or position == 0 or position + 1 == len(text):
        return False
    return text[position - 1].isalnum() and text[position + 1].isalnum()


def words(text):
    """The words of a text in reading order, as they are written."""
    found = []
    start = None
    for position in range(len(text)):
        if is_word_char(text, position):
            if start is None:
                start = position
        elif start is not None:
            found.append(text[start:position])
            start = None
    if start is not None:
        found.append(text[start:position])
    return found


def ngrams(tokens, size):
    """All runs of `size` neighbouring tokens, each joined by one space."""
    if size < 1:
        raise ValueError("a run has at least one token")
    return [" ".join(tokens[i:i + size]) for i in range(len(tokens) - size + 1)]


def lines(text):
    """The lines of a text that are not blank, without the white space around them."""
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line]
