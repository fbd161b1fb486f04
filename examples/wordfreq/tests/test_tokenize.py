"""Words, runs and lines."""

import unittest

from wordfreq.tokenize import lines, ngrams, words


class WordsTest(unittest.TestCase):
    def test_a_sentence_gives_its_words(self):
        self.assertEqual(words("The cat sat."), ["The", "cat", "sat"])

    def test_no_text_has_no_words(self):
        self.assertEqual(words(""), [])

    def test_white_space_and_marks_are_no_words(self):
        self.assertEqual(words(" ... \n\t -- !"), [])

    def test_an_apostrophe_inside_a_word_belongs_to_it(self):
        self.assertEqual(words("Don't wake the cat's friend!"), ["Don't", "wake", "the", "cat's", "friend"])

    def test_quotes_around_a_word_do_not(self):
        self.assertEqual(words("He said 'no'."), ["He", "said", "no"])

    def test_a_hyphen_joins_and_a_dash_parts(self):
        self.assertEqual(words("A well-known place - mostly."), ["A", "well-known", "place", "mostly"])

    def test_numbers_are_words(self):
        self.assertEqual(words("In 1984, room 101."), ["In", "1984", "room", "101"])

    def test_a_text_may_end_without_a_full_stop(self):
        self.assertEqual(words("the end of the line"), ["the", "end", "of", "the", "line"])

    def test_a_single_word_is_a_text(self):
        self.assertEqual(words("kaizen"), ["kaizen"])


class NgramsTest(unittest.TestCase):
    def test_pairs_overlap(self):
        tokens = ["to", "be", "or", "not"]
        self.assertEqual(ngrams(tokens, 2), ["to be", "be or", "or not"])

    def test_a_run_of_one_is_the_word(self):
        tokens = ["to", "be"]
        self.assertEqual(ngrams(tokens, 1), tokens)

    def test_a_run_longer_than_the_text_does_not_occur(self):
        tokens = ["to", "be"]
        self.assertEqual(ngrams(tokens, 3), [])

    def test_a_run_of_nothing_is_refused(self):
        with self.assertRaises(ValueError):
            ngrams(["to", "be"], 0)


class LinesTest(unittest.TestCase):
    def test_blank_lines_are_left_out(self):
        text = "one\n\n  two  \n \n"
        self.assertEqual(lines(text), ["one", "two"])
