"""The pages of residents: parse, one call, render."""
