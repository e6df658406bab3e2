"""
flair's SequenceTagger with our dimensions, for flair_peer.py, in an environment of its own. Reads
one command a line, `train <batch size>` or `predict <batch size>`, and answers each with a line
`@@ done`. Nothing is downloaded.
"""

import gzip
import logging
import sys
import tempfile
from pathlib import Path

import flair
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer

# Only every fourth sentence is trained on: an epoch takes a minute.
EVERY = 4
DATA = Path(__file__).resolve().parents[2] / "data"


def read(split: str) -> list[tuple[list[str], list[str]]]:
    """The words and IOB2 tags of each sentence of WNUT-2017."""
    text = (DATA / f"wnut2017/{split}.conll").read_text(encoding="utf-8").strip()
    blocks = [[line.split("\t") for line in block.splitlines()] for block in text.split("\n\n")]
    return [([row[0] for row in rows], [row[1] for row in rows]) for rows in blocks]


def labelled(words: list[str], tags: list[str]) -> Sentence:
    sentence = Sentence(words)
    first = 0
    for i in range(1, len(tags) + 1):
        if i == len(tags) or not tags[i].startswith("I-"):
            if tags[first] != "O":
                sentence[first:i].add_label("ner", tags[first][2:])
            first = i
    return sentence


def word_embeddings() -> WordEmbeddings:
    """Our 50-d vectors, which flair alone would need gensim to read."""
    with gzip.open(DATA / "embeddings/en.50d.txt.gz", "rt", encoding="utf-8") as file:
        next(file)
        rows = [line.rstrip().split(" ") for line in file]
    vocab = {row[0]: i for i, row in enumerate(rows)}
    embeddings = WordEmbeddings(None, vocab=vocab, embedding_length=50, name="en.50d")
    values = torch.tensor([[float(value) for value in row[1:]] for row in rows])
    embeddings.embedding.weight.data[: len(rows)] = values
    return embeddings


def main() -> None:
    flair.device = torch.device("cpu")
    logging.getLogger("flair").setLevel(logging.ERROR)
    torch.manual_seed(1)
    train = [labelled(*sentence) for sentence in read("train")[::EVERY]]
    test = [words for words, _ in read("test")]
    corpus = Corpus(train=FlairDatapointDataset(train), sample_missing_splits=False)
    characters = Dictionary(add_unk=True)
    for sentence in train:
        for token in sentence:
            for character in token.text:
                characters.add_item(character)
    tagger = SequenceTagger(
        embeddings=StackedEmbeddings(
            [
                word_embeddings(),
                CharacterEmbeddings(characters, char_embedding_dim=30, hidden_size_char=30),
            ]
        ),
        tag_dictionary=corpus.make_label_dictionary("ner"),
        tag_type="ner",
        hidden_size=200,
        rnn_layers=1,
        use_crf=True,
        reproject_embeddings=False,
        dropout=0.5,
        word_dropout=0.0,
        locked_dropout=0.0,
    )
    trainer = ModelTrainer(tagger, corpus)
    print("@@ ready", flair.__version__, flush=True)
    folder = tempfile.TemporaryDirectory()
    for line in sys.stdin:
        command, size = line.split()
        if command == "train":
            trainer.train(
                folder.name,
                mini_batch_size=int(size),
                max_epochs=1,
                learning_rate=0.001,
                optimizer=torch.optim.Adam,
                max_grad_norm=5.0,
                save_final_model=False,
                create_file_logs=False,
                create_loss_file=False,
                use_final_model_for_eval=True,
            )
            print("@@ done", flush=True)
        else:
            tagger.predict([Sentence(words) for words in test], mini_batch_size=int(size))
            print("@@ done", flush=True)


if __name__ == "__main__":
    main()
