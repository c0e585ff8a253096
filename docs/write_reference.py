"""Write what the documentation takes from the program anew: docs/report.schema.json, docs/reference.md.

    python docs/write_reference.py

tests/cli/test_cli_docs.py and tests/reports/test_reports_machines.py say when it is time to.
"""

import json
from pathlib import Path

from chaosctl.reports import document

DOCS = Path(__file__).parent


def main() -> None:
    """Write all."""
    (DOCS / "report.schema.json").write_text(json.dumps(document.schema(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
