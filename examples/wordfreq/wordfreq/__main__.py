"""`python3 -m wordfreq`: the command line."""

import sys

from wordfreq.cli import main

sys.exit(main())
