"""A class that writes digits: the sheet, what comes back of it, and the page that shows all."""
