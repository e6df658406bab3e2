"""From an archive to a folder that tags without AllenNLP and torch."""
