"""The admin site as the settings of a company."""

from django.contrib.admin.apps import AdminConfig


class SettingsConfig(AdminConfig):
    default_site = "accounts.settings_site.SettingsSite"
