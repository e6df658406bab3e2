"""
How fast a corpus that is read anew in each epoch becomes batches, and in how much memory.

Writes a corpus of made-up words to a temporary folder, then reads, indexes and collates it once, as
`allennlp train training_config/base_wnut17.jsonnet` would with 10,000 instances in memory.

    python benchmarks/corpus_reading.py --sentences 100000 [--json]
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import torch
from allennlp.common import Params
from allennlp.data import DataLoader, DatasetReader, Vocabulary

import datnet_allennlp  # noqa: F401  (registers the components)
from datnet_allennlp.data.tag_coding import all_tags

CONFIG = Path(__file__).parents[1] / "training_config" / "base_wnut17.jsonnet"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
KNOWN_WORDS = 50_000
INSTANCES_IN_MEMORY = 10_000


def word(rank: int) -> str:
    """The word of a rank: frequent words are short, and no two ranks share one."""
    letters = []
    while rank:
        rank, letter = divmod(rank, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def sentences(number: int, entity_types: list[str]) -> Iterator[str]:
    """Sentences of 18 tokens on average, half of them with an entity; words by Zipf's law."""
    random = numpy.random.default_rng(0)
    for _ in range(number):
        length = 1 + int(random.poisson(17))
        ranks = random.zipf(1.3, length) % 10**9 + 1
        tags = ["O"] * length
        if random.random() < 0.5:
            start, size = int(random.integers(length)), int(random.integers(1, 4))
            kind = entity_types[int(random.integers(len(entity_types)))]
            tags[start : start + size] = [f"B-{kind}"] + [f"I-{kind}"] * (
                min(size, length - start) - 1
            )
        lines = (f"{word(int(r))}\t{tag}\n" for r, tag in zip(ranks, tags, strict=True))
        yield "".join(lines) + "\n"


def measure(num_sentences: int, folder: Path) -> dict[str, Any]:
    config = Params.from_file(str(CONFIG)).as_dict(quiet=True)
    reader_config = config["dataset_reader"]["readers"]["target"]
    corpus = folder / "corpus.conll"
    with corpus.open("w") as file:
        file.writelines(sentences(num_sentences, reader_config["entity_types"]))

    known = {
        "target_tags": all_tags(reader_config["entity_types"], config["dataset_reader"]["coding"]),
        "target_tokens": list(map(word, range(1, KNOWN_WORDS))),
        "characters": list(LETTERS),
    }
    loader = DataLoader.from_params(
        Params(config["data_loader"]),
        reader=DatasetReader.from_params(Params(config["dataset_reader"])),
        data_path={"target": str(corpus)},
        max_instances_in_memory=INSTANCES_IN_MEMORY,
        quiet=True,
    )
    loader.index_with(Vocabulary(tokens_to_add=known))

    start = time.perf_counter()
    read = sum(len(batch["metadata"]) for batch in loader)
    seconds = time.perf_counter() - start
    if read != num_sentences:
        raise RuntimeError(f"found {read} sentences in the batches, expected {num_sentences}")
    return {
        "sentences": read,
        "seconds": round(seconds, 3),
        "sentences_per_second": round(read / seconds),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(arguments.sentences, Path(folder))
    if arguments.json:
        print(json.dumps(found))
    else:
        print(
            "{sentences} sentences in {seconds} s ({sentences_per_second} a second), "
            "at most {peak_rss_mib} MiB".format(**found)
        )


if __name__ == "__main__":
    main()
