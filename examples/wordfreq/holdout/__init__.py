"""What no proposer sees: the tests that confirm a change."""
