"""Tables for people and for programs."""

import csv
import io


def table(rows, header=("word", "count")):
    """Rows of word and number as aligned text."""
    width = max([len(header[0])] + [len(word) for word, _ in rows])
    number_width = max([len(header[1])] + [len(str(number)) for _, number in rows])
    written = [f"{header[0]:<{width}}  {header[1]:>{number_width}}"]
    written += [f"{word:<{width}}  {number:>{number_width}}" for word, number in rows]
    return "\n".join(written)


def bars(rows, width=40):
    """One bar per row; the largest number fills the width, no number above zero is without a mark."""
    largest = max((number for _, number in rows), default=0)
    label = max((len(word) for word, _ in rows), default=0)
    return "\n".join(f"{word:<{label}} {'#' * bar_length(number, largest, width)}".rstrip() for word, number in rows)


def bar_length(number, largest, width):
    """How many marks a number gets."""
    if number <= 0 or largest <= 0:
        return 0
    return max(1, round(number * width / largest))


def as_csv(rows, header=("word", "count")):
    """Rows as comma-separated values with a header line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def percent(share, digits=1):
    """A share of 0 to 1 for people: `12.5 %`."""
    return f"{share * 100:.{digits}f} %"


def shorten(word, width):
    """The word cut to `width` characters, the last one a full stop where something was cut."""
    return word if len(word) <= width else word[:width - 1] + "."
