"""Small pictures of every kind that is read, and what Pillow reads from them: writes the files in `pictures` and `photo.jpg`.

    python3 -m venv venv && venv/bin/pip install pillow numpy safetensors && venv/bin/python generate_pictures.py

Written with Python 3.11, Pillow 13.0.0, NumPy 2.4.6. `decoded.safetensors` holds each picture in 8-bit RGB, turned as its EXIF data say.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

here = Path(__file__).parent
directory = here / "pictures"
directory.mkdir(exist_ok=True)

# The decoders of JPEG differ by rounding where colours are stored more coarsely than brightness, so all is smooth.
y, x = np.mgrid[0:40, 0:56]
pixels = np.stack([128 + 100 * np.sin(x / 9), 4.4 * x, 250 - 5 * y + 10 * np.cos((x + y) / 9)], -1)
photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
grey = photo.convert("L")


def rotated(name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo.save(directory / name, quality=95, subsampling=0, exif=exif)


photo.save(directory / "colours.jpg", quality=95, subsampling=0)
photo.save(directory / "coarse.jpg", quality=90, subsampling=2)
photo.save(directory / "progressive.jpg", quality=95, subsampling=0, progressive=True)
grey.save(directory / "grey.jpg", quality=95)
photo.convert("CMYK").save(directory / "cmyk.jpg", quality=95)
rotated("turned_right.jpg", 6)
rotated("mirrored.jpg", 2)
rotated("turned_mirrored.jpg", 5)
photo.save(directory / "colours.png")
grey.save(directory / "grey.png")
photo.quantize(16).save(directory / "palette.png")
Image.merge("RGBA", (*photo.split(), grey)).save(directory / "alpha.png")
Image.merge("LA", (grey, grey.point(lambda v: 255 - v))).save(directory / "grey_alpha.png")
grey.convert("1").save(directory / "bits.png")
wide = np.asarray(grey).astype(np.uint16) * 257
Image.fromarray(wide).save(directory / "grey16.png")

decoded = {}
for path in sorted(directory.glob("*.*")):
    if path.suffix in (".jpg", ".png"):
        image = ImageOps.exif_transpose(Image.open(path))
        # Of 16 bits Pillow converts the lower ones.
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)) if path.stem == "grey16" else image
        decoded[path.name] = np.asarray(image.convert("RGB"))
save_file(decoded, directory / "decoded.safetensors")

# The picture of `generate.py`, for whoever wants a JPEG to try.
Image.open(here / "photo.png").save(here / "photo.jpg", quality=95)
