"""Entry point of ``python -m salesforce_simulator``."""

import sys

from salesforce_simulator.cli import main

sys.exit(main())
