"""Small vision transformers with random weights and what timm computes with them: writes the files beside this one.

    python3 -m venv venv && venv/bin/pip install torch torchvision timm safetensors pillow && venv/bin/python generate.py

Written with Python 3.11, PyTorch 2.15.0, timm 1.0.31, torchvision 0.29. `plain` is the usual network with a class token, `registers` has
register tokens without positions, scaled blocks and a mean over patches. `layers.safetensors` of each holds an image (`image`), the tokens
before the first block and after each (`hidden.0` ..) and the `logits`, computed in double precision. `photo.png` is drawn here;
`photo.safetensors` is what timm's transform makes of it.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import create_transform
from timm.models.vision_transformer import VisionTransformer

here = Path(__file__).parent
torch.manual_seed(20261124)
preparation = dict(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], crop_pct=0.875)


def network(name, heads, **options):
    model = VisionTransformer(img_size=32, patch_size=8, embed_dim=24, depth=3, num_heads=heads, num_classes=7, **options)
    with torch.no_grad():
        for key, value in model.named_parameters():
            # Initial biases are 0 and weights of norms 1, which would hide mistakes.
            value += torch.randn_like(value) * (0.3 if value.ndim == 1 or "token" in key or "embed" in key else 0.15)
    directory = here / name
    directory.mkdir(exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, directory / "model.safetensors")
    labels = ["tench", "goldfish", "shark", "ray", "cock", "hen", "ostrich"]
    config = dict(architecture=f"vit_{name}", num_classes=7, model_args=dict(num_heads=heads),
                  pretrained_cfg=preparation, label_names=labels)
    (directory / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    model = model.eval().double()
    image = torch.randn(2, 3, 32, 32).float().double()
    layers = {"image": image}

    def keep(name):
        def hook(_, arguments, result):
            if name == "hidden.0":
                layers[name] = arguments[0]
            else:
                layers[name] = result
        return hook

    model.blocks[0].register_forward_hook(keep("hidden.0"))
    for i, block in enumerate(model.blocks):
        block.register_forward_hook(keep(f"hidden.{i + 1}"))
    with torch.no_grad():
        layers["logits"] = model(image)
    save_file({key: value.float().contiguous() for key, value in layers.items()}, directory / "layers.safetensors")


network("plain", 3, mlp_ratio=2)
network("registers", 4, reg_tokens=3, no_embed_class=True, init_values=0.5, global_pool="avg", class_token=True, mlp_ratio=3)

y, x = np.mgrid[0:60, 0:90]
pixels = np.stack([128 + 100 * np.sin(x / 9), 2.8 * x, 255 - 4 * y + 40 * np.cos((x + y) / 5)], -1)
photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
photo.save(here / "photo.png", optimize=True)
transform = create_transform(input_size=(3, 32, 32), interpolation="bicubic", is_training=False, mean=preparation["mean"],
                             std=preparation["std"], crop_pct=preparation["crop_pct"])
save_file({"prepared": transform(photo).contiguous()}, here / "photo.safetensors")
