"""What everybody may see: the tests that give the points."""
