"""Folders in the data folder that commands and platforms share."""

PULUMI_HOME_FOLDER = "pulumi"
"""The CLI's own, with the plugins that it downloads."""
