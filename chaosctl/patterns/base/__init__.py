"""BASE: a business that stays basically available, from soft state, and is consistent in the end."""
