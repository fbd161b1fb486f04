"""Ranking and thresholds."""

import unittest

from wordfreq.counter import Tally
from wordfreq.top import at_least, covering, once, ranked, ranks, risen, top


class TopTest(unittest.TestCase):
    def setUp(self):
        self.tally = Tally("ccccbbbaad")

    def test_the_most_frequent_comes_first(self):
        self.assertEqual(ranked(self.tally), [("c", 4), ("b", 3), ("a", 2), ("d", 1)])

    def test_equal_counts_are_sorted_by_word(self):
        self.assertEqual(ranked(Tally("ba")), [("a", 1), ("b", 1)])

    def test_the_limit_is_the_length(self):
        self.assertEqual(top(self.tally, 2), [("c", 4), ("b", 3)])

    def test_a_large_limit_gives_all(self):
        self.assertEqual(len(top(self.tally, 99)), 4)

    def test_a_word_at_the_threshold_is_in(self):
        self.assertEqual(at_least(self.tally, 3), [("c", 4), ("b", 3)])

    def test_a_threshold_nothing_reaches_gives_nothing(self):
        self.assertEqual(at_least(self.tally, 5), [])

    def test_words_that_occur_once(self):
        self.assertEqual(once(self.tally), ["d"])

    def test_half_of_a_text_is_covered_by_few_words(self):
        self.assertEqual(covering(self.tally, 0.5), ["c", "b"])

    def test_ties_share_a_rank(self):
        self.assertEqual(ranks(Tally("aabbc")), {"a": 1, "b": 1, "c": 3})

    def test_what_became_more_frequent(self):
        self.assertEqual(risen(Tally("aab"), Tally("abb")), ["b"])
