"""How often each word occurs."""


class Tally:
    """Counts by word. Words that were never added count zero."""

    def __init__(self, tokens=()):
        self._counts = {}
        self.add_all(tokens)

    def add(self, word, times=1):
        """Counts a word `times` more."""
        if times < 0:
            raise ValueError("a word cannot occur less than never")
        if times:
            self._counts[word] = self._counts.get(word, 0) + times

    def add_all(self, tokens):
        """Counts every token once."""
        for token in tokens:
            self.add(token)

    def __getitem__(self, word):
        return self._counts.get(word, 0)

    def __contains__(self, word):
        return word in self._counts

    def __len__(self):
        return len(self._counts)

    def __eq__(self, other):
        return isinstance(other, Tally) and self._counts == other._counts

    def items(self):
        """Pairs of word and count, in the order of first occurrence."""
        return list(self._counts.items())

    def total(self):
        """How many tokens were counted."""
        return sum(self._counts.values())

    def share(self, word):
        """The part of all tokens that are this word, 0 to 1."""
        total = self.total()
        return self[word] / total if total else 0.0

    def merged(self, other):
        """A new tally with the counts of both."""
        result = Tally()
        for tally in (self, other):
            for word, count in tally.items():
                result.add(word, count)
        return result

    def without(self, unwanted):
        """A new tally that lacks the unwanted words."""
        result = Tally()
        for word, count in self.items():
            if word not in unwanted:
                result.add(word, count)
        return result


def index_by_initial(tally):
    """The words of a tally grouped by first letter, both sorted."""
    groups = {}
    for word, _ in tally.items():
        groups.setdefault(word[0], []).append(word)
    return {initial: sorted(groups[initial]) for initial in sorted(groups)}
