"""The search for what nobody named: places that a network relies on more than such places deserve."""
