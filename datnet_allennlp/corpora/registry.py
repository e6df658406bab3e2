"""The corpora of the DATNet paper, with pinned checksums, homes and terms."""

from datnet_allennlp.corpora.corpus import Corpus, Split

_CONLL2002_HOME = "https://github.com/teropa/nlp"
_CONLL2002_PATH = "teropa/nlp/f89bc5a15b516208de1cfe2abe9692b7ed9a43e2/resources/corpora/conll2002"
_CONLL2002_TERMS = (
    "Files in these directories may only be used for research applications in the context of the "
    "CoNLL-2002 shared task. No permission is given for usage other applications especially not "
    "for commercial applications."
)
_DOCSTART_NOTE = (
    "The paper's tokens include the -DOCSTART- lines of the originals, which are left out here."
)
_WNUT_NOTE = "The paper's bracketed number counts the entity tokens, not the entities."

_CORPORA = (
    Corpus(
        name="conll2003",
        home="https://www.clips.uantwerpen.be/conll2003/ner/",
        terms=(
            "Reuters news of 1996 (RCV1), which its owner licenses for research under a separate "
            "agreement. Do not redistribute."
        ),
        columns=4,
        note=_DOCSTART_NOTE,
        splits=(
            Split(
                name="train",
                original="eng.train",
                original_sha256="eac0822f501353f265383ddf1edb0dcd42a1b6eefd3e383d7074db98c38eb41c",
                sha256="fcbf6fb1ff226d17111e25d79fd1dfc9f768177fed278f14d4e77b27a7b0fd18",
                paper_tokens=204_567,
                paper_entities=23_499,
            ),
            Split(
                name="dev",
                original="eng.testa",
                original_sha256="aedc4ccbd1ae9795feaa0e86fe72d195b0258abed9d705b630d1c889276fac1e",
                sha256="c2a285c3ab24e58d05b43a1afb050c29acbf09b4d175e3197a517544abd1ff92",
                paper_tokens=51_578,
                paper_entities=5_942,
            ),
            Split(
                name="test",
                original="eng.testb",
                original_sha256="0632f32c090ef31c223135b7fee3187a7cf8e65c4015c7866bb7783428cdd9a6",
                sha256="3cac49eb9986ead18a2310761315b1e65f0ec18ebf3be1fe1cdd650ed80852c5",
                paper_tokens=46_666,
                paper_entities=5_648,
            ),
        ),
    ),
    Corpus(
        name="conll2002_es",
        language="es",
        home=_CONLL2002_HOME,
        terms=_CONLL2002_TERMS,
        columns=3,
        note=(
            "The paper's token counts could not be reproduced from these files. It has one entity "
            "fewer in each split: there one sentence of the original begins with an I- tag, which "
            "is B- here."
        ),
        download_path=_CONLL2002_PATH,
        splits=(
            Split(
                name="train",
                original="esp.train",
                original_sha256="a20d95cab7d88a19a86f8c1ad6329325c99fbd9529ed978cbd7e31d4b01b4008",
                sha256="e3342c1f857edf9aab9b7351a2f27816a1b0aed55cb4c0d486982e702069f30d",
                paper_tokens=207_484,
                paper_entities=18_797,
            ),
            Split(
                name="dev",
                original="esp.testa",
                original_sha256="85c17793b77881c53d19017d9d0f1e6fb98b7ddcab54a5f24b05ed1793103c87",
                sha256="44effa5f694eaeca7978733b0f64f381487154c992c1a281c4390b94f2ad8db3",
                paper_tokens=51_645,
                paper_entities=4_351,
            ),
            Split(
                name="test",
                original="esp.testb",
                original_sha256="1f8f7a392c6d4979a5592a5794eed43d7869b46da6851bbcde99714149f1d016",
                sha256="5ae8d74c954b3bfe9eb3c124abf52bf32f3ed27c36e07726015c11dbf44cbe75",
                paper_tokens=52_098,
                paper_entities=3_558,
            ),
        ),
    ),
    Corpus(
        name="conll2002_nl",
        language="nl",
        home=_CONLL2002_HOME,
        terms=_CONLL2002_TERMS,
        columns=3,
        note=_DOCSTART_NOTE,
        download_path=_CONLL2002_PATH,
        splits=(
            Split(
                name="train",
                original="ned.train",
                original_sha256="0a419dcb356b62c8cff38515675550b3d5dbea9f45a1c4956328dbd5cc7fcdbc",
                sha256="3e84585169687e0ef97b6ebae0b991557b9e46f72696693f7bc41a53e22c760b",
                paper_tokens=202_931,
                paper_entities=13_344,
            ),
            Split(
                name="dev",
                original="ned.testa",
                original_sha256="51259d4bfe52462f211d3d0b67173a7ecbfa296e199f6c6bd0895f4c78155057",
                sha256="76757fffc28f3e3f4e9de14d73fadb44e408278f29bceb5216fcab411843f307",
                paper_tokens=37_761,
                paper_entities=2_616,
            ),
            Split(
                name="test",
                original="ned.testb",
                original_sha256="2aa748edb82e6f9c4d82e57a4bed69ded18cfa4803122c75070335d513517488",
                sha256="917e605b0570bbd1415f735dc29b0bdb10d5340e6d47cca4c92c5b5241cbc32f",
                paper_tokens=68_994,
                paper_entities=3_941,
            ),
        ),
    ),
    Corpus(
        name="wnut2016",
        home="https://github.com/aritter/twitter_nlp",
        terms=(
            "The repository is under GPL-3.0; no terms are stated for the data itself. "
            "The text is tweets."
        ),
        columns=2,
        note=_WNUT_NOTE,
        download_path=(
            "aritter/twitter_nlp/65f3d77134c40d920db8d431c5c6faef1c051c94/"
            "data/annotated/wnut16/data"
        ),
        splits=(
            Split(
                name="train",
                original="train",
                original_sha256="5ec9db29c87fbf424860688fff08a485f6112137b930bb4799288399db9e153d",
                sha256="5ec9db29c87fbf424860688fff08a485f6112137b930bb4799288399db9e153d",
                paper_tokens=46_469,
                paper_entities=2_462,
            ),
            Split(
                name="dev",
                original="dev",
                original_sha256="d555eff2d24f05b032a17d892dda766f8e4dc0436404c17f4c1c6841472928fd",
                sha256="d555eff2d24f05b032a17d892dda766f8e4dc0436404c17f4c1c6841472928fd",
                paper_tokens=16_261,
                paper_entities=1_128,
            ),
            Split(
                name="test",
                original="test",
                original_sha256="4d96d1908d4fdda27f3738bfb83d26e9b9e0996e22d8e0788de7c11c25af6896",
                sha256="4d96d1908d4fdda27f3738bfb83d26e9b9e0996e22d8e0788de7c11c25af6896",
                paper_tokens=61_908,
                paper_entities=5_955,
            ),
        ),
    ),
    Corpus(
        name="wnut2017",
        home="https://github.com/leondz/emerging_entities_17",
        terms="CC BY 4.0 (Creative Commons Attribution).",
        columns=2,
        note=_WNUT_NOTE,
        download_path="leondz/emerging_entities_17/e52a2d2a71ac1a051ca2d532eef28653c5c02603",
        splits=(
            Split(
                name="train",
                original="wnut17train.conll",
                original_sha256="731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
                sha256="707d8fbadf7ab186e7998fdcbea41470d25d0a453049f531d0c8d0c810a8d8cb",
                paper_tokens=62_730,
                paper_entities=3_160,
            ),
            Split(
                name="dev",
                original="emerging.dev.conll",
                original_sha256="e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
                sha256="e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
                paper_tokens=15_733,
                paper_entities=1_250,
            ),
            Split(
                name="test",
                original="emerging.test.annotated",
                original_sha256="2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
                sha256="2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
                paper_tokens=23_394,
                paper_entities=1_740,
            ),
        ),
    ),
)

CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in _CORPORA}
"""Every corpus by its name, in the order of the paper's Table 1."""
