from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "huying.assessment"
    verbose_name = "考核"
