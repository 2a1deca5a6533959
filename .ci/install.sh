# shellcheck shell=bash
# Sourced by ./run. Brings what the plugin needs onto this machine: QGIS and the Python libraries from the
# system's packages, the tools of the tests from PyPI. What is there already is left alone.

qgis_wanted=3.40
venv="$root/.venv"

# The scientific libraries come from the system, because GDAL's and QGIS's bindings are built against its numpy.
libraries=(python3-numpy python3-pandas python3-shapely python3-pyproj python3-scipy python3-matplotlib
    python3-openpyxl python3-charset-normalizer python3-gdal gdal-bin tzdata)
# A display without a screen, a hand for it and a camera: the tests start the real program.
desktop_tools=(xvfb xdotool imagemagick)
# What looks into films and PDFs that the tests make, and makes the films.
film_tools=(ffmpeg poppler-utils)
dev_tools=(python3-venv git)

say() { printf 'outbreak-atlas: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

installed() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The upstream part of a package version: no epoch, no revision of the archive.
upstream() { local version=${1#*:}; printf '%s' "${version%%[+~-]*}"; }

new_enough() { dpkg --compare-versions "$(upstream "$1")" ge "$qgis_wanted"; }

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi; }

# Asked before anything is installed, while the answer can still be read.
need_root() {
    [[ $(id -u) == 0 ]] || command -v sudo >/dev/null ||
        fail "missing and to be installed by root: $*. Run this as root once, or install sudo."
}

# Hundreds of lines for one installation: they go to a file, and its end is shown when something went wrong.
apt_log="$root/build/install.log"
apt() {
    mkdir -p "$root/build"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q "$@" >>"$apt_log" 2>&1 && return
    tail -n 20 "$apt_log" >&2
    return 1
}

apt_updated=no
apt_update() {
    [[ $apt_updated == yes ]] && return
    say "reading the lists of packages"
    apt update || say "some lists of packages could not be read; going on with those that could"
    apt_updated=yes
}

apt_install() { apt install --no-install-recommends "$@" || fail "apt-get could not install: $*"; }

release_field() { (. /etc/os-release && printf '%s' "${!1:-}"); }

# The mirror this machine already uses for its release, so that none has to be named here.
debian_mirror() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk -v name="$1" '($1 == name || $1 == "stable") && $2 == "main" { print $3; exit }'
}

add_backports() {
    local codename=$1 mirror signed=""
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(debian_mirror "$codename")
    [[ -n $mirror ]] || fail "no mirror of Debian $codename is configured; add $codename-backports yourself."
    [[ -e $keyring ]] && signed="[signed-by=$keyring] "
    say "adding $codename-backports (it has the QGIS that Debian $codename itself is too old for)"
    printf 'deb %s%s %s-backports main\n' "$signed" "$mirror" "$codename" |
        as_root tee "/etc/apt/sources.list.d/$codename-backports.list" >/dev/null
    apt_updated=no
    apt_update
}

# Prints the suite that has a QGIS new enough, or nothing where the archive has none.
suite_with_qgis() {
    local version suite
    apt-cache madison qgis | while IFS='|' read -r _ version suite; do
        version=${version// /}
        suite=$(awk '{ sub("/.*", "", $2); print $2 }' <<<"$suite")
        if new_enough "$version"; then printf '%s' "$suite"; break; fi
    done
}

explain_old_qgis() {
    local offered
    offered=$(apt-cache policy qgis | awk '/Candidate:/ { print $2 }')
    say "$(release_field PRETTY_NAME) offers QGIS ${offered:-not at all}; the plugin needs $qgis_wanted or newer."
    say "The QGIS project keeps a repository of newer packages for Debian and Ubuntu. Its installation"
    fail "guide (website of QGIS, Installers, Linux) tells how to add it and its key. Then run this again."
}

install_qgis() {
    local suite codename
    suite=$(suite_with_qgis)
    codename=$(release_field VERSION_CODENAME)
    if [[ -z $suite && $(release_field ID) == debian && $codename == bookworm ]]; then
        add_backports "$codename"
        suite=$(suite_with_qgis)
    fi
    [[ -n $suite ]] || explain_old_qgis
    say "installing QGIS from $suite: $* (some minutes; the log is build/install.log)"
    if [[ $suite == *-backports ]]; then
        apt_install -t "$suite" "$@"
    else
        apt_install "$@"
    fi
}

qgis_is_there() {
    local package
    for package in qgis python3-qgis; do
        installed "$package" && new_enough "$(dpkg-query -W -f='${Version}' "$package")" || return 1
    done
}

# A font for Chinese, Japanese and Korean names. Micro Hei is a download of 1.6 MB and covers all of GB 18030's
# everyday part; Noto CJK would be 57 MB, but serves as well where it is installed already.
# Open Sans is the font of QGIS's own layouts and labels; without it QGIS starts with a warning.
fonts=(fonts-open-sans)
cjk_font() { installed fonts-noto-cjk || printf 'fonts-wqy-microhei'; }

ensure_packages() {
    local package missing=()
    for package in "$@"; do installed "$package" || missing+=("$package"); done
    [[ ${#missing[@]} == 0 ]] && return
    need_root "${missing[@]}"
    apt_update
    say "installing from the system's packages: ${missing[*]}"
    apt_install "${missing[@]}"
}

# Where there is no apt (another distribution, macOS) the libraries have to be there already.
ensure_without_apt() {
    find_qgis_python
    local missing
    missing=$("$qgis_python" - <<'PY'
import importlib.util as u
print(*[n for n in ("numpy", "pandas", "shapely", "pyproj", "matplotlib", "openpyxl", "charset_normalizer", "osgeo") if u.find_spec(n) is None])
PY
    )
    [[ -z $missing ]] || fail "the Python of QGIS ($qgis_python) lacks: $missing. Install them and run this again."
}

# QGIS is bound to one Python, which need not be the first one on the PATH.
find_qgis_python() {
    local candidate
    for candidate in "${QGIS_PYTHON:-}" /usr/bin/python3 python3; do
        [[ -n $candidate ]] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("qgis") is None)'; then
            qgis_python=$(command -v "$candidate")
            return
        fi
    done
    fail "no Python here can import qgis. Install QGIS $qgis_wanted or newer, or set QGIS_PYTHON to its Python."
}

# A package can be installed and yet not run; better to hear it here than from a failing test.
check_qgis_runs() {
    QT_QPA_PLATFORM=offscreen "$qgis_python" - "$qgis_wanted" <<'PY' || fail "QGIS is installed but does not run from $qgis_python."
import sys
from pathlib import Path

from qgis.core import Qgis, QgsApplication

wanted = tuple(int(part) for part in sys.argv[1].split("."))
found = tuple(int(part) for part in Qgis.version().split("-")[0].split("."))
if found < wanted:
    sys.exit(f"QGIS {Qgis.version()} is older than {sys.argv[1]}")
QgsApplication.setPrefixPath(QgsApplication.prefixPath() or "/usr", True)
if not (Path(QgsApplication.pkgDataPath()) / "python" / "plugins" / "processing").is_dir():
    sys.exit("QGIS came without its Processing plugin")
PY
    command -v qgis_process >/dev/null || fail "the program qgis_process, which comes with QGIS, is missing."
}

# QGIS and the libraries: all that the plugin itself and the demo need.
ensure_system() {
    if ! command -v apt-get >/dev/null; then
        ensure_without_apt
        return
    fi
    if ! qgis_is_there; then
        need_root qgis python3-qgis
        apt_update
        install_qgis qgis python3-qgis
        find_qgis_python
        check_qgis_runs
    fi
    ensure_packages "${libraries[@]}" "${fonts[@]}" $(cjk_font) "$@"
    find_qgis_python
}

# Versions that pip must not touch: those the system's Python has.
system_versions() {
    "$qgis_python" - <<'PY'
from importlib.metadata import PackageNotFoundError, version

for name in ("numpy", "pandas", "shapely", "pyproj", "scipy", "matplotlib"):
    try:
        print(f"{name}=={version(name)}")
    except PackageNotFoundError:
        pass
PY
}

# pyproj looks for PROJ's tables below the prefix of the Python that runs it, which in .venv is not the system's.
link_proj_data() {
    local data
    [[ -e $venv/share/proj/proj.db ]] && return
    data=$("$qgis_python" -c 'import pyproj; print(pyproj.datadir.get_data_dir())') || fail "pyproj finds no PROJ data."
    mkdir -p "$venv/share" && ln -sfn "$data" "$venv/share/proj"
}

# The virtual environment of the tests: QGIS's Python, the system's libraries, the tools from PyPI.
ensure_venv() {
    ensure_system "${dev_tools[@]}"
    local stamp wanted
    stamp="$venv/installed"
    wanted=$({ "$qgis_python" --version; system_versions; cat "$root/requirements-dev.txt"; } | sha256sum)
    if [[ ! -x $venv/bin/python || $(cat "$stamp" 2>/dev/null) != "$wanted" ]]; then
        say "making .venv from $qgis_python with the tools of the tests"
        rm -f "$stamp"
        "$qgis_python" -m venv --clear --system-site-packages "$venv" || fail "the virtual environment could not be made."
        system_versions >"$venv/constraints.txt"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
            --constraint "$venv/constraints.txt" --requirement "$root/requirements-dev.txt" >&2 ||
            fail "pip could not install requirements-dev.txt."
        printf '%s' "$wanted" >"$stamp"
    fi
    link_proj_data
    python="$venv/bin/python"
}
