"""A page in the browser to try taggers on."""
