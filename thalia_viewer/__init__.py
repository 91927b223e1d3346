"""The window of Thalia: it draws, asks and forwards; all knowledge lives in ``thalia_core``."""
