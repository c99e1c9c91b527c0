"""What installer, appliance and tui share: texts, errors, files, paths. Imports nothing else of the project."""
