"""Facts + answers -> site.yaml with reasons; and loading it again, with errors that name the line."""

from installer.configure.answers import Answers, BundleInfo, Configuration
from installer.configure.generate import configure
from installer.configure.load import InvalidSite, load_site
from installer.configure.rules import Problem
from installer.configure.write import render, would_replace, write_site

__all__ = [
    "Answers",
    "BundleInfo",
    "Configuration",
    "InvalidSite",
    "Problem",
    "configure",
    "load_site",
    "render",
    "would_replace",
    "write_site",
]
