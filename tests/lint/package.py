"""Makes the ZIP that QGIS installs and checks it as the plugin repository does: `package.py FOLDER`.

Only what git tracks goes in, so that nothing of the working folder slips along, and the ZIP of one tree is
the same byte for byte wherever it is made. Beside it lies the folder it was made from, for Bandit to read.
"""
from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "outbreak_atlas"
#: What belongs to the plugin; tests, tools and their settings stay at home.
CONTENT = (
    "metadata.txt", "__init__.py", "LICENSE", "README.md", "CHANGELOG.md", "requirements.txt",
    "plugin", "ui", "resources",
)
#: Without these the plugin repository refuses an upload, or QGIS does not load the plugin.
NEEDED = ("metadata.txt", "__init__.py", "LICENSE", "README.md", "requirements.txt")
MAX_BYTES = 25 * 1024 * 1024
FORBIDDEN_SUFFIXES = frozenset({
    ".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib", ".exe", ".bin", ".a", ".o", ".lib", ".jar", ".whl",
    ".egg", ".sh", ".bat",
})
FORBIDDEN_NAMES = frozenset({"__pycache__", "__MACOSX", ".DS_Store", ".git", ".gitignore", "Thumbs.db"})
#: First bytes of programs and libraries, whatever their file is called.
BINARY_STARTS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
REQUIRED_KEYS = (
    "name", "qgisMinimumVersion", "qgisMaximumVersion", "description", "about", "version", "author", "email",
    "tracker", "repository", "homepage", "hasProcessingProvider", "icon", "tags", "category", "license",
)
URL_KEYS = ("tracker", "repository", "homepage")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_metadata(text: str) -> dict[str, str]:
    """The section `general` as QGIS reads it, keys in the spelling of the file."""
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return dict(parser["general"])


def metadata_problems(text: str) -> list[str]:
    """What the plugin repository would say about a metadata.txt."""
    if "%" in text:
        return ["metadata.txt: a bare % breaks QGIS's reader"]
    try:
        values = read_metadata(text)
    except (configparser.Error, KeyError) as error:
        return [f"metadata.txt cannot be read: {error}"]
    found = [f"metadata.txt: {key} is missing" for key in REQUIRED_KEYS if not values.get(key, "").strip()]
    if not re.fullmatch(r"\d+(\.\d+){1,3}", values.get("version", "")):
        found.append("metadata.txt: version must be numbers and dots")
    for key in URL_KEYS:
        if not values.get(key, "https://").startswith("https://"):
            found.append(f"metadata.txt: {key} must be a web address")
    if values.get("hasProcessingProvider", "yes") != "yes":
        found.append("metadata.txt: without hasProcessingProvider=yes qgis_process does not see the plugin")
    if "supportsQt6" in values:
        found.append("metadata.txt: supportsQt6 is obsolete; qgisMaximumVersion=4.99 says it")
    return found


def file_problems(names: list[str]) -> list[str]:
    """What must not be in the package, judged by its names (below the plugin's folder)."""
    found = [f"{name} is missing" for name in NEEDED if name not in names]
    for name in names:
        path = Path(name)
        if path.suffix.lower() in FORBIDDEN_SUFFIXES:
            found.append(f"{name}: no programs or binaries")
        elif FORBIDDEN_NAMES & set(path.parts) or any(part.startswith(".") for part in path.parts):
            found.append(f"{name}: does not belong in a package")
        elif path.name.startswith("resources_rc") or path.name.startswith("ui_"):
            found.append(f"{name}: generated code")
    return found


def content_problems(folder: Path) -> list[str]:
    """Binaries under an innocent name, links, and an icon that is not there."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found.append(f"{path.name}: no links")
        elif path.is_file() and _starts_like_a_binary(path):
            found.append(f"{path.name}: is a program, whatever its name")
    icon = read_metadata((folder / "metadata.txt").read_text(encoding="utf-8")).get("icon", "")
    if not (folder / icon).is_file():
        found.append(f"metadata.txt: there is no icon {icon}")
    return found


def _starts_like_a_binary(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4).startswith(BINARY_STARTS)


def tracked_content(root: Path) -> list[str]:
    """The plugin's files that git knows, below the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", *CONTENT], cwd=root, check=True, capture_output=True
    ).stdout.decode()
    return sorted(name for name in listing.split("\0") if name and (root / name).is_file())


def lay_out(root: Path, names: list[str], folder: Path) -> None:
    """Copy the files to a fresh folder, as they will lie in the profile."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, folder / name)


def write_zip(folder: Path, names: list[str], target: Path) -> None:
    """The files of `folder` below one folder of the plugin's name.

    No dates go in, so that equal trees give equal bytes.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            entry = zipfile.ZipInfo(f"{PACKAGE}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (folder / name).read_bytes())


def build(root: Path, target_folder: Path) -> tuple[Path, list[str]]:
    """Make the ZIP; its path and what is wrong with it."""
    names = tracked_content(root)
    text = (root / "metadata.txt").read_text(encoding="utf-8")
    found = metadata_problems(text) + file_problems(names)
    if found:
        return target_folder, found
    folder = target_folder / "package" / PACKAGE
    lay_out(root, names, folder)
    target = target_folder / f"{PACKAGE}-{read_metadata(text)['version']}.zip"
    write_zip(folder, names, target)
    found = content_problems(folder)
    if target.stat().st_size > MAX_BYTES:
        found.append(f"{target.name}: {target.stat().st_size} bytes, the limit is {MAX_BYTES}")
    return target, found


def main(target_folder: Path) -> int:
    target, found = build(ROOT, target_folder)
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return 1
    with zipfile.ZipFile(target) as archive:
        count = len(archive.namelist())
    print(f"{target}: {count} files, {target.stat().st_size / 1024:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build")))
