"""Spellings that count as one word."""

import unittest

from wordfreq.normalise import fold_case, keep, normalise, strip_accents, strip_possessive


class NormaliseTest(unittest.TestCase):
    def test_case_makes_no_difference(self):
        self.assertEqual(fold_case("House"), fold_case("hOUSE"))

    def test_accents_can_be_ignored(self):
        self.assertEqual(strip_accents("caf\u00e9"), "cafe")

    def test_the_possessive_ending_goes(self):
        self.assertEqual(strip_possessive("cat's"), "cat")
        self.assertEqual(strip_possessive("cats'"), "cats")

    def test_other_endings_stay(self):
        self.assertEqual(strip_possessive("glass"), "glass")

    def test_accents_are_kept_unless_asked(self):
        self.assertEqual(normalise("R\u00e9sum\u00e9's"), "r\u00e9sum\u00e9")
        self.assertEqual(normalise("R\u00e9sum\u00e9's", accents=False), "resume")


class KeepTest(unittest.TestCase):
    def test_an_ordinary_word_is_kept(self):
        self.assertTrue(keep("garden"))

    def test_a_stop_word_is_not(self):
        self.assertFalse(keep("the"))

    def test_a_short_stop_word_is_not_either(self):
        self.assertFalse(keep("of", minimum_length=3))

    def test_a_short_word_can_be_dropped(self):
        self.assertFalse(keep("ox", minimum_length=3))

    def test_a_list_of_stop_words_can_be_given(self):
        self.assertTrue(keep("the", stop_words=frozenset()))
