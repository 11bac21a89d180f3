"""Makes a randomly initialised BERT with transformers, and checks `minilm` against what transformers computes.

    python make_random_bert.py DIR                  writes a model directory, sentences.txt and expected.npy
    minilm embed DIR/sentences.txt --model DIR --format npy --output DIR/found.npy
    python make_random_bert.py DIR --check          compares found.npy with expected.npy

Needs torch, transformers and numpy (written for torch 2.15, transformers 5.23). Weights are drawn wider than at the start of a
training, so that attention and activations are not all alike.
"""

import argparse
import json
import pathlib

import numpy as np

SENTENCES = [
    "alpha beta gamma",
    "",
    "delta",
    "unknownword alpha",
    " ".join(["alpha beta gamma delta epsilon"] * 5),
    " ".join(["epsilon delta"] * 40),
]
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon"]


def make(directory: pathlib.Path, seed: int) -> None:
    import torch
    import transformers
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(seed)
    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (directory / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    tokenizer = BertTokenizerFast(vocab={word: i for i, word in enumerate(vocabulary)}, model_max_length=60)
    tokenizer.save_pretrained(directory)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=72, num_hidden_layers=3, num_attention_heads=4, intermediate_size=200,
        max_position_embeddings=60, type_vocab_size=3, hidden_act="gelu_new", layer_norm_eps=1e-6,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            center = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(center + 0.15 * torch.randn_like(parameter))
    model.save_pretrained(directory)
    (directory / "sentences.txt").write_text("\n".join(SENTENCES) + "\n")
    rows = []
    with torch.no_grad():
        for sentence in SENTENCES:
            batch = tokenizer(sentence, return_tensors="pt", truncation=True, max_length=60)
            rows.append(model.double()(**batch).last_hidden_state[0].mean(0).numpy())
    np.save(directory / "expected.npy", np.stack(rows).astype(np.float32))
    print(f"{directory}: torch {torch.__version__}, transformers {transformers.__version__}, seed {seed}")


def check(directory: pathlib.Path) -> None:
    found, expected = np.load(directory / "found.npy"), np.load(directory / "expected.npy")
    assert found.shape == expected.shape, (found.shape, expected.shape)
    cosine = (found * expected).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(expected, axis=1)
    report = {"cosine": float(cosine.min()), "largest difference": float(np.abs(found - expected).max())}
    print(json.dumps(report))
    assert report["cosine"] >= 0.99999 and report["largest difference"] <= 2e-5, report


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    check(arguments.directory) if arguments.check else make(arguments.directory, arguments.seed)
