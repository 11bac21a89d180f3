"""The Python peers of run.py: one process each.

    peer.py export MODEL FILE           writes the ONNX model with ONNX Runtime's BERT fusions
    peer.py onnx|torch|compiled PATH THREADS     answers each line `ROWS TOKENS SECONDS` with sentences a second
    peer.py first|first-torch PATH THREADS MODEL SENTENCE      embeds one sentence and prints it
"""

import sys
import time


def export(model, path):
    import torch
    from onnxruntime.transformers.optimizer import optimize_model
    from transformers import BertModel

    bert = BertModel.from_pretrained(model, attn_implementation="eager").eval()

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = bert

        def forward(self, ids, mask, types):
            return self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long), torch.zeros(2, 16, dtype=torch.long))
    axes = {name: {0: "rows", 1: "tokens"} for name in [*names, "hidden"]}
    plain = path + ".plain"
    torch.onnx.export(Encoder(), example, plain, input_names=names, output_names=["hidden"], dynamic_axes=axes, opset_version=17, dynamo=False)
    config = bert.config
    optimize_model(
        plain, model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=1
    ).save_model_to_file(path)


def onnx_encoder(path, threads):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(ids):
        ids = np.asarray(ids, np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        pooled = session.run(None, feeds)[0].mean(1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    return encode


def torch_encoder(model, threads, compiled=False):
    import torch
    from transformers import BertModel

    torch.set_num_threads(threads)
    bert = BertModel.from_pretrained(model, add_pooling_layer=False).eval()
    forward = torch.compile(bert) if compiled else bert

    def encode(ids):
        ids = torch.as_tensor(ids)
        with torch.inference_mode():
            hidden = forward(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            return torch.nn.functional.normalize(hidden.mean(1))

    return encode


def batch(rows, tokens):
    row = lambda r: [101, *(1000 + (31 * r + 17 * t) % 20000 for t in range(1, tokens - 1)), 102]
    return [row(r) for r in range(rows)]


def serve(encode):
    import numpy as np

    for line in sys.stdin:
        rows, tokens, seconds = line.split()
        rows, seconds = int(rows), float(seconds)
        ids = np.asarray(batch(rows, int(tokens)), np.int64)
        encode(ids)
        start, runs = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            encode(ids)
            runs += 1
        print(runs * rows / (time.perf_counter() - start), flush=True)


def first(encode, model, sentence):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(model + "/tokenizer.json")
    tokenizer.no_padding()
    print(encode([tokenizer.encode(sentence).ids])[0][:3], flush=True)


if __name__ == "__main__":
    kind, path = sys.argv[1:3]
    if kind == "export":
        export(path, sys.argv[3])
    elif kind == "onnx":
        serve(onnx_encoder(path, int(sys.argv[3])))
    elif kind in ("torch", "compiled"):
        serve(torch_encoder(path, int(sys.argv[3]), kind == "compiled"))
    elif kind == "first":
        first(onnx_encoder(path, int(sys.argv[3])), *sys.argv[4:6])
    elif kind == "first-torch":
        first(torch_encoder(path, int(sys.argv[3])), *sys.argv[4:6])
    else:
        raise SystemExit(__doc__)
