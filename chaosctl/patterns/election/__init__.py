"""Elections: how nodes agree on who leads."""
