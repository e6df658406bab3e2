"""
What tags without AllenNLP and without torch. `allennlp export` copies these files, so they import
each other relatively and nothing else but numpy, onnxruntime and regex; the rest of the package
uses them as well.
"""
