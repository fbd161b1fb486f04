"""Count the words of texts and say which matter."""

__version__ = "0.4.0"
