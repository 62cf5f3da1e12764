"""Builds the wheel of `cuprous-cupy`, for pip (PEP 517) and as a program: `python backend.py FOLDER`.

It needs nothing beyond Python: three small files in an archive. The modules are those of `cuprous/_alias`.
"""

import base64
import hashlib
import re
import sys
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MODULES = HERE.parent / "cuprous" / "_alias"
# Archives hold no time of their own, so that equal sources give equal wheels.
TIME = (2020, 1, 1, 0, 0, 0)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Writes the wheel into a folder and gives its name."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    stem = f"{project['name'].replace('-', '_')}-{version}"
    cupys_version = re.search(r'^VERSION = "(.+)"$', (HERE.parent / "cuprous" / "compat.py").read_text(), re.MULTILINE)[1]

    files = {path.name: path.read_text() for path in sorted(MODULES.glob("*.py"))}
    names = "".join(f"{name.removesuffix('.py')}\n" for name in files)
    # What tools read that ask for CuPy. Without a RECORD pip does not put CuPy in its place, but says that it cannot.
    files[f"{stem}.data/purelib/cupy-{cupys_version}.dist-info/METADATA"] = metadata("cupy", cupys_version, project)
    files[f"{stem}.data/purelib/cupy-{cupys_version}.dist-info/top_level.txt"] = names
    files[f"{stem}.data/purelib/cupy-{cupys_version}.dist-info/INSTALLER"] = f"{project['name']}\n"
    files[f"{stem}.dist-info/METADATA"] = metadata(project["name"], version, project, f"Requires-Dist: cuprous=={version}\n") + "\n" + (HERE / "README.md").read_text()
    files[f"{stem}.dist-info/WHEEL"] = "Wheel-Version: 1.0\nGenerator: cuprous-cupy\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{stem}.dist-info/top_level.txt"] = names
    record = "".join(f"{name},sha256={digest(text)},{len(text.encode())}\n" for name, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"

    name = f"{stem}-py3-none-any.whl"
    Path(wheel_directory).mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(Path(wheel_directory) / name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path, TIME)
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return name


def build_sdist(sdist_directory, config_settings=None):
    """There is none: the sources are those of cuprous."""
    raise NotImplementedError("cuprous-cupy is built from a checkout of cuprous: there is no archive of its sources")


def metadata(name, version, project, more=""):
    """The text of a METADATA file."""
    fields = {
        "Metadata-Version": "2.4", "Name": name, "Version": version, "Summary": project["description"],
        "License-Expression": project["license"], "Requires-Python": project["requires-python"], "Description-Content-Type": "text/markdown",
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items()) + more


def digest(text):
    """A file's hash as wheels write it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    print(build_wheel(sys.argv[1]))
