"""The screens of the wizard, one file each, in the order of the way."""
