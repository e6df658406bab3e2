"""
What the results of experiments say: tables, figures and statistics from lines of results.

`result` reads the lines, `plan` the specifications, `gather` sets the one beside the other in a
`grid`, and `settings` says what to show. `scores`, `cells`, `gains`, `effects`, `kinds` and
`trials` make a table each, `curves` and some of these a figure, and `page` puts them together.
"""
