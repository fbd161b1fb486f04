"""Counting."""

import unittest

from wordfreq.counter import Tally, index_by_initial


class TallyTest(unittest.TestCase):
    def test_every_token_counts_once(self):
        tally = Tally(["a", "b", "a"])
        self.assertEqual(tally["a"], 2)
        self.assertEqual(tally["b"], 1)

    def test_an_unknown_word_counts_zero(self):
        tally = Tally(["a"])
        self.assertEqual(tally["z"], 0)
        self.assertNotIn("z", tally)

    def test_the_total_is_the_number_of_tokens(self):
        self.assertEqual(Tally("abracadabra").total(), 11)

    def test_the_length_is_the_number_of_words(self):
        self.assertEqual(len(Tally("abracadabra")), 5)

    def test_a_word_can_be_added_several_times(self):
        tally = Tally()
        tally.add("a", 3)
        self.assertEqual(tally.items(), [("a", 3)])

    def test_adding_nothing_leaves_no_trace(self):
        tally = Tally()
        tally.add("a", 0)
        self.assertEqual(len(tally), 0)

    def test_a_negative_count_is_refused(self):
        with self.assertRaises(ValueError):
            Tally().add("a", -1)

    def test_a_share_is_a_part_of_all_tokens(self):
        self.assertEqual(Tally("aaab").share("a"), 0.75)
        self.assertEqual(Tally().share("a"), 0.0)

    def test_merging_adds_counts_and_changes_neither(self):
        left, right = Tally("ab"), Tally("bc")
        self.assertEqual(left.merged(right), Tally("abbc"))
        self.assertEqual(left, Tally("ab"))

    def test_order_makes_no_difference(self):
        self.assertEqual(Tally("abc"), Tally("cba"))

    def test_unwanted_words_can_be_taken_out(self):
        self.assertEqual(Tally("abca").without({"a"}), Tally("bc"))


class IndexTest(unittest.TestCase):
    def test_words_are_grouped_by_first_letter(self):
        tally = Tally(["pear", "apple", "plum"])
        self.assertEqual(index_by_initial(tally), {"a": ["apple"], "p": ["pear", "plum"]})
