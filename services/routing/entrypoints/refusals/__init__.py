"""How a refusal of the domain is told to people and programs: kind, fields, status."""
