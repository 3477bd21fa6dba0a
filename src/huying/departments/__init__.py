"""The workplace of called units: sign, arrive, answer; who goes where today."""
