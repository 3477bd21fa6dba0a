from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "huying.messages"
    label = "outbox"  # "messages" is Django's own
    verbose_name = "通知"
