"""Numbers that describe a text as a whole."""

import math


def variety(tally):
    """Distinct words per token, 0 for no text."""
    return len(tally) / tally.total() if tally.total() else 0.0


def mean_length(tokens):
    """The mean length of the tokens in characters, 0 for none."""
    return sum(len(token) for token in tokens) / len(tokens) if tokens else 0.0


def median(values):
    """The middle value, the mean of the two middle ones where their number is even."""
    if not values:
        raise ValueError("no values, no median")
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def length_histogram(tokens):
    """Length to number of tokens of that length, by length."""
    histogram = {}
    for token in tokens:
        histogram[len(token)] = histogram.get(len(token), 0) + 1
    return dict(sorted(histogram.items()))


def entropy(tally):
    """The information of one token in bits: 0 where one word is all there is."""
    total = tally.total()
    shares = (count / total for _, count in tally.items())
    return -sum(share * math.log2(share) for share in shares) + 0.0


def similarity(left, right):
    """The cosine of two tallies, 0 (no common word) to 1 (same proportions)."""
    product = sum(count * right[word] for word, count in left.items())
    norms = math.sqrt(sum(count ** 2 for _, count in left.items())) * math.sqrt(sum(count ** 2 for _, count in right.items()))
    return product / norms if norms else 0.0
