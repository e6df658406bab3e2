"""
The convolutions of the character CNN, their maximum over the word, and its gradient.

What a character adds to a window depends only on the character and its place in the window, so a
window's value is a sum of a few rows of a table. The table's columns are, for each kernel size and
each place in the window, one for each filter.
"""

import numpy

from datnet_allennlp.kernels.compiled import compiled


@compiled
def window_maxima(
    table: numpy.ndarray,
    rows: numpy.ndarray,
    lengths: numpy.ndarray,
    sizes: numpy.ndarray,
    maxima: numpy.ndarray,
    starts: numpy.ndarray,
) -> int:
    """
    Returns the first word with a row that the table lacks, where the work ends, or -1.

    # Parameters

    table : shape `(num_rows, num_filters * sum of sizes)`
    rows : shape `(num_words, num_characters)`
        The row of each character of each word.
    lengths : shape `(num_words,)`
        Characters in each word.
    sizes : shape `(num_sizes,)`
        The kernel sizes.
    maxima : shape `(num_words, num_sizes, num_filters)`
        Out: the highest value of all windows that touch a character; 0 for a word without any.
    starts : shape as `maxima`
        Out: where the first such window starts, which may be before the word.
    """
    num_filters = maxima.shape[2]
    value = numpy.empty(num_filters, table.dtype)
    for n in range(lengths.size):
        length = lengths[n]
        for c in range(length):
            # Nothing else would stop a kernel from leaving an array.
            if rows[n, c] < 0 or rows[n, c] >= table.shape[0]:
                return n
        column = 0
        for q in range(sizes.size):
            size = sizes[q]
            best, start = maxima[n, q], starts[n, q]
            best[:] = -numpy.inf if length > 0 else 0
            for first in range(1 - size, length if length > 0 else 1 - size):
                value[:] = 0
                for place in range(max(0, -first), min(size, length - first)):
                    begin = column + place * num_filters
                    part = table[rows[n, first + place], begin : begin + num_filters]
                    for f in range(num_filters):
                        value[f] += part[f]
                for f in range(num_filters):
                    # What is no number is taken, and stays.
                    higher = (value[f] > best[f]) | (value[f] != value[f])
                    best[f] = value[f] if higher else best[f]
                    start[f] = first if higher else start[f]
            column += size * num_filters
    return -1


@compiled
def by_table(
    by_maxima: numpy.ndarray,
    rows: numpy.ndarray,
    lengths: numpy.ndarray,
    sizes: numpy.ndarray,
    starts: numpy.ndarray,
    gradient: numpy.ndarray,
) -> None:
    """
    # Parameters

    by_maxima : shape `(num_words, num_sizes, num_filters)`
        The gradient by the maxima.
    gradient : shape as `table`
        Out: the gradient by the table; zero when given.
    """
    num_filters = by_maxima.shape[2]
    for n in range(lengths.size):
        column = 0
        for q in range(sizes.size):
            by_maximum, start = by_maxima[n, q], starts[n, q]
            if lengths[n] > 0:
                for f in range(num_filters):
                    first = start[f]
                    for place in range(max(0, -first), min(sizes[q], lengths[n] - first)):
                        row = rows[n, first + place]
                        gradient[row, column + place * num_filters + f] += by_maximum[f]
            column += sizes[q] * num_filters
