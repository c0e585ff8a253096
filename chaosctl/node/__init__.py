"""The node: what a pattern is written against (role, messages, pattern) and what hosts it over either runtime.

role, messages, pattern and settings are light: `validate` reads them without trio. node.py hosts the roles, stdio.py
is a node process. Imports run downwards only, and there is nothing of chaosctl below this package but errors.
"""
