"""
Encoding the characters of a batch: the CNN over each occurrence of a word, as `word_characters`
does it, against finding the distinct words, encoding each once and spreading the result.
"""

import os
from collections.abc import Callable
from functools import partial

from report import Report, arguments, spread
from timing import ROOT, THREADS, alternate, machine, need, pin_threads

CORPUS = "data/wnut2017/train.conll"


def main() -> None:
    options = arguments(__doc__, repetitions=9).parse_args()
    need(CORPUS)
    import torch
    from allennlp.modules.seq2vec_encoders import CnnEncoder
    from allennlp.modules.token_embedders import Embedding, TokenCharactersEncoder

    from datnet_allennlp.modules.character_cnn import CharacterCnn
    from datnet_allennlp.modules.word_characters import WordCharacters

    torch.manual_seed(1)
    blocks = (ROOT / CORPUS).read_text(encoding="utf-8").strip().split("\n\n")
    sentences = sorted(([row.split()[0] for row in b.splitlines()] for b in blocks), key=len)
    embedding = Embedding(30, num_embeddings=257)
    ours = WordCharacters(embedding, CharacterCnn(30, 20))
    stock = TokenCharactersEncoder(embedding, CnnEncoder(30, 20, (2, 3, 4)))
    hash_weights = torch.randint(-(2**62), 2**62, (1000,)) | 1

    def ids_of(words: list[str]) -> torch.Tensor:
        """Shape `(1, num_words, num_characters)`, wide enough for the stock CNN's kernels."""
        ids = torch.zeros(1, len(words), max(4, *map(len, words)), dtype=torch.long)
        for row, word in zip(ids[0], words, strict=True):
            row[: len(word)] = torch.tensor([ord(letter) % 256 + 1 for letter in word])
        return ids

    def distinct(ids: torch.Tensor) -> torch.Tensor:
        keys = (ids[0] * hash_weights[: ids.size(2)]).sum(dim=1)
        found, place = torch.unique(keys, return_inverse=True)
        first = torch.empty(len(found), dtype=torch.long)
        first[place] = torch.arange(len(place))
        return ours(ids[:, first])[:, place]

    def train(encode: Callable[[torch.Tensor], torch.Tensor], batches: list[torch.Tensor]) -> None:
        for ids in batches:
            for parameter in (*ours.parameters(), *stock.parameters()):
                parameter.grad = None
            encode(ids).sum().backward()

    def evaluate(
        encode: Callable[[torch.Tensor], torch.Tensor], batches: list[torch.Tensor]
    ) -> None:
        with torch.no_grad():
            for ids in batches:
                encode(ids)

    report = Report(
        "Characters: each occurrence against each distinct word",
        [
            "WNUT-2017 train, every tenth batch of like length; 30-d characters, 20 filters of "
            "width 2, 3 and 4; training is forward and backward, evaluation forward",
            f"medians of {options.repetitions} in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["pass", "sentences a batch", "distinct words", "side", "ms a batch (lowest .. highest)"],
    )
    for name, run, size in (("training", train, 16), ("evaluation", evaluate, 128)):
        groups = [sentences[i : i + size] for i in range(0, len(sentences), size)][::10]
        words = [[word for sentence in group for word in sentence] for group in groups]
        batches = [ids_of(batch) for batch in words]
        share = sum(len(set(batch)) for batch in words) / sum(map(len, words))
        sides = {"each occurrence": ours, "distinct words": distinct, "AllenNLP's cnn": stock}
        seconds = alternate(
            {side: partial(run, encode, batches) for side, encode in sides.items()},
            options.repetitions,
        )
        for side, taken in seconds.items():
            report.rows.append(
                [name, str(size), f"{share:.0%}", side, spread(taken, 1000 / len(batches))]
            )
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    os.chdir(ROOT)
    main()
