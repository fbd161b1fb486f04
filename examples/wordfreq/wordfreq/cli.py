"""The command line: files in, a report out."""

import argparse
import sys

from wordfreq import __version__, normalise, report, tokenize, top
from wordfreq.counter import Tally


def parser():
    """The options and their defaults."""
    result = argparse.ArgumentParser(prog="wordfreq", description="count the words of texts")
    result.add_argument("files", nargs="*", help="texts to read; none reads standard input")
    result.add_argument("-n", "--limit", type=int, default=10, help="how many words to show")
    result.add_argument("-m", "--minimum", type=int, default=1, help="show words that occur this often or more")
    result.add_argument("--runs", type=int, default=1, metavar="SIZE", help="count runs of SIZE words")
    result.add_argument("--format", choices=("table", "bars", "csv"), default="table")
    result.add_argument("--all", action="store_true", help="count stop words too")
    result.add_argument("--version", action="version", version=f"wordfreq {__version__}")
    return result


def count_text(text, options):
    """The tally of one text."""
    tokens = [normalise.normalise(word) for word in tokenize.words(text)]
    if not options.all:
        tokens = [token for token in tokens if normalise.keep(token)]
    return Tally(tokenize.ngrams(tokens, options.runs))


def render(tally, options):
    """The report that was asked for."""
    rows = [row for row in top.top(tally, options.limit) if row[1] >= options.minimum]
    return {"table": report.table, "bars": report.bars, "csv": report.as_csv}[options.format](rows)


def read(paths):
    """The text of all files, or of standard input."""
    if not paths:
        return sys.stdin.read()
    texts = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    return "\n".join(texts)


def main(arguments=None):
    """Runs the program; returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        text = read(options.files)
    except OSError as error:
        print(f"wordfreq: {error}", file=sys.stderr)
        return 2
    print(render(count_text(text, options), options))
    return 0
