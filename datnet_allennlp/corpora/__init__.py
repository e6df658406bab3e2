"""The corpora of the experiments: where they come from, how they are converted, what they hold."""
