"""Numbers about a text."""

import unittest

from wordfreq import stats
from wordfreq.counter import Tally


class StatsTest(unittest.TestCase):
    def test_variety_is_words_per_token(self):
        self.assertEqual(stats.variety(Tally("abab")), 0.5)

    def test_the_mean_length_of_tokens(self):
        self.assertEqual(stats.mean_length(["a", "bcd"]), 2)

    def test_the_median_of_an_odd_and_an_even_number_of_values(self):
        self.assertEqual(stats.median([3, 1, 2]), 2)
        self.assertEqual(stats.median([4, 1, 2, 3]), 2.5)

    def test_tokens_by_length(self):
        self.assertEqual(stats.length_histogram(["to", "be", "or", "not"]), {2: 3, 3: 1})

    def test_two_words_in_equal_parts_carry_one_bit(self):
        self.assertEqual(stats.entropy(Tally("abab")), 1.0)
        self.assertEqual(stats.entropy(Tally("aaaa")), 0.0)

    def test_similarity_is_between_nothing_and_everything(self):
        self.assertEqual(stats.similarity(Tally("ab"), Tally("cd")), 0.0)
        self.assertAlmostEqual(stats.similarity(Tally("ab"), Tally("aabb")), 1.0)
