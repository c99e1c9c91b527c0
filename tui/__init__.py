"""The Textual front end: a view over the models of installer/models; whatever it does, the command line does too."""
