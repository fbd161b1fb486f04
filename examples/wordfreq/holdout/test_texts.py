"""Whole texts, other languages and the edges between the modules."""

import contextlib
import io
import tempfile
import unittest

from wordfreq import cli
from wordfreq.counter import Tally
from wordfreq.normalise import keep
from wordfreq.tokenize import ngrams, words
from wordfreq.top import at_least, covering, top


class WordsOfOtherTextsTest(unittest.TestCase):
    def test_unicode(self):
        self.assertEqual(words("Gr\u00f6\u00dfe z\u00e4hlt, \u6539\u5584 auch."), ["Gr\u00f6\u00dfe", "z\u00e4hlt", "\u6539\u5584", "auch"])

    def test_a_typographic_apostrophe(self):
        self.assertEqual(words("l\u2019eau est l\u00e0!"), ["l\u2019eau", "est", "l\u00e0"])

    def test_several_lines(self):
        self.assertEqual(words("one two\nthree\n"), ["one", "two", "three"])

    def test_the_last_word_is_whole(self):
        self.assertEqual(words("rain on the roof"), ["rain", "on", "the", "roof"])

    def test_a_single_letter_at_the_end(self):
        self.assertEqual(words("vitamin C"), ["vitamin", "C"])


class RankingTest(unittest.TestCase):
    def test_every_word_occurs_at_least_once(self):
        self.assertEqual(len(at_least(Tally("abcab"), 1)), 3)

    def test_a_high_threshold(self):
        self.assertEqual(at_least(Tally("aaaabbc"), 3), [("a", 4)])

    def test_no_limit_at_all(self):
        self.assertEqual(top(Tally("abc"), 0), [])

    def test_all_of_a_text_is_covered_by_all_words(self):
        self.assertEqual(covering(Tally("aab"), 1.0), ["a", "b"])


class StopWordsTest(unittest.TestCase):
    def test_a_word_too_short_is_dropped(self):
        self.assertFalse(keep("elk", minimum_length=4))

    def test_a_long_word_may_be_a_stop_word(self):
        self.assertFalse(keep("garden", stop_words={"garden"}))


class WholeProgramTest(unittest.TestCase):
    def run_on(self, text, *options):
        output = io.StringIO()
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            with contextlib.redirect_stdout(output):
                code = cli.main([file.name, *options])
        self.assertEqual(code, 0)
        return output.getvalue()

    def test_pairs_of_words(self):
        text = "Row, row, row your boat.\n"
        self.assertEqual(self.run_on(text, "--all", "--runs", "2", "--limit", "1", "--format", "csv"), "word,count\nrow row,2\n\n")

    def test_stop_words_are_left_out(self):
        self.assertEqual(self.run_on("The sea and the sky.\n", "--format", "csv"), "word,count\nsea,1\nsky,1\n\n")

    def test_runs_over_the_end_do_not_occur(self):
        self.assertEqual(ngrams(words("one two."), 3), [])
