"""A vision transformer of timm at its full size, with random weights and what timm computes with them.

    python3 -m venv venv && venv/bin/pip install torch torchvision timm safetensors
    venv/bin/python full.py vit_base_patch16_224 DIRECTORY
    cargo run --release -p vit --example parity -- DIRECTORY

The directory gets `model.safetensors` and `config.json` as timm's hub has them, and `layers.safetensors`: an image, the tokens before the
first block and after each, and the logits, computed in double precision. Nothing of it is committed: the weights are hundreds of MB.
"""

import json
import sys
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file

name, directory = sys.argv[1], Path(sys.argv[2])
directory.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20261124)
model = timm.create_model(name, pretrained=False)
with torch.no_grad():
    for key, value in model.named_parameters():
        # Initial biases are 0 and weights of norms 1, which would hide mistakes.
        value += torch.randn_like(value) * (0.1 if value.ndim == 1 or "token" in key or "embed" in key else 0.02)
save_file({key: value.contiguous() for key, value in model.state_dict().items()}, directory / "model.safetensors")
given = model.pretrained_cfg
preparation = {key: given[key] for key in ("mean", "std", "crop_pct")}
(directory / "config.json").write_text(json.dumps(dict(architecture=name, num_classes=1000, pretrained_cfg=preparation)))

model = model.eval().double()
image = torch.randn(1, *given["input_size"]).float().double()
layers = {"image": image}
model.blocks[0].register_forward_hook(lambda _, arguments, result: layers.update({"hidden.0": arguments[0]}))
for i, block in enumerate(model.blocks):
    block.register_forward_hook(lambda _, arguments, result, i=i: layers.update({f"hidden.{i + 1}": result}))
with torch.no_grad():
    layers["logits"] = model(image)
save_file({key: value.float().contiguous() for key, value in layers.items()}, directory / "layers.safetensors")
