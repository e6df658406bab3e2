"""
What the results of experiments say: tables, figures and statistics from lines of results.

`results` reads the lines, `grid` sets them beside the plan, `settings` says what to show; `scores`,
`differences`, `effects`, `kinds` and `trials` make a table each, `curves` the figures, and `report`
puts them on one page.
"""
