from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "huying.ledger"
    verbose_name = "存证"
