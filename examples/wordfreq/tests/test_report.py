"""Tables, bars and options."""

import contextlib
import io
import unittest

from wordfreq import cli, report
from wordfreq.counter import Tally

ROWS = [("garden", 12), ("sea", 3)]


class ReportTest(unittest.TestCase):
    def test_columns_are_aligned(self):
        self.assertEqual(report.table(ROWS), "word    count\ngarden     12\nsea         3")

    def test_the_longest_bar_fills_the_width(self):
        self.assertEqual(report.bars(ROWS, width=8), "garden ########\nsea    ##")

    def test_values_separated_by_commas(self):
        self.assertEqual(report.as_csv([("a,b", 1)]), 'word,count\n"a,b",1\n')

    def test_a_share_in_percent(self):
        self.assertEqual(report.percent(0.125), "12.5 %")

    def test_a_long_word_is_cut(self):
        self.assertEqual(report.shorten("gardener", 5), "gard.")
        self.assertEqual(report.shorten("sea", 5), "sea")


class CommandLineTest(unittest.TestCase):
    def test_rare_words_can_be_hidden(self):
        options = cli.parser().parse_args(["--minimum", "2", "--format", "csv"])
        self.assertEqual(cli.render(Tally("aab"), options), "word,count\na,2\n")

    def test_a_missing_file_is_said(self):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = cli.main(["no/such/file"])
        self.assertEqual(code, 2)
        self.assertIn("no/such/file", errors.getvalue())
