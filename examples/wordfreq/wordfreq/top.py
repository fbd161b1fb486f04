"""Which words matter: ranking and thresholds."""


def ranked(tally):
    """Pairs of word and count, most frequent first, equal counts by word."""
    return sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))


def top(tally, limit):
    """The `limit` most frequent words with their counts."""
    if limit < 0:
        raise ValueError("a list cannot be shorter than empty")
    return ranked(tally)[:limit]


def at_least(tally, minimum):
    """The words that occur `minimum` times or more, most frequent first."""
    return [(word, count) for word, count in ranked(tally) if count > minimum]


def once(tally):
    """The words that occur exactly once, sorted."""
    return sorted(word for word, count in tally.items() if count == 1)


def covering(tally, share):
    """The fewest top words that together make up at least `share` of all tokens."""
    needed = share * tally.total()
    chosen, covered = [], 0
    for word, count in ranked(tally):
        if covered >= needed:
            break
        chosen.append(word)
        covered += count
    return chosen


def ranks(tally):
    """Word to rank from 1; words of equal count share the better rank."""
    result, previous, rank = {}, None, 0
    for place, (word, count) in enumerate(ranked(tally), start=1):
        if count != previous:
            rank, previous = place, count
        result[word] = rank
    return result


def risen(before, after):
    """The words whose share grew from one tally to the other, largest growth first."""
    growth = {word: after.share(word) - before.share(word) for word, _ in after.items()}
    return sorted((word for word in growth if growth[word] > 0), key=lambda word: (-growth[word], word))
